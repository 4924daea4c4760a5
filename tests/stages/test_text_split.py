import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text import split_sentences

# " | " marks where a sentence ends
CASES = {
    "tuk_Latn": [
        "Bu kitaby A. Kekilow ýazdy. | Ol 1930-njy ýylda doguldy.",
        "Dükanda alma, armyt, üzüm we ş.m. bar. | Olar täze.",
        "Şäherde mekdepler, bagçalar we ş.m. | Olar täze.",
        "1. Sözleri okaň. | 2. Jogap beriň.",
        "Ol „Salam!“ diýdi. | Soňra gitdi.",
        "«Gel!» diýip, ejesi çagyrdy.",
        "Gara deňziň çuňlugy 2.212 metr. | Ol uly.",
        "Prof. Myratow geldi. | Ol gürledi.",
        "B.e.öň III asyrda Parfiýa döredi. | Ol güýçli döwletdi.",
        "Sen näme diýdiň?! | Men eşitmedim... | Gaýtala!",
        "(Surata serediň.) | Soragy okaň.",
        "Mes., alma, armyt. | Bular miwe.",
        "Ol geldi (sag. 5-de). | Biz gitdik.",
        "3. Gönükme. | Sözleri göçüriň.",
        "14.03.2020 ý. № 236-VI Kanuny esasynda. | Ol güýje girdi.",
        "Oguz han – türkmenleriň atasy (sur. 3). | Ol batyr bolupdyr.",
        "Hormatly A. B. Atamyradow we Ş. Annaýew! | Size hat ýazýarys.",
        "Şertleri aşakdakylar: 1) wagt; 2) ýer. | Ýagdaý üýtgeýär.",
        "«Men gelerin.» | Ol şeýle diýdi.",
    ],
    "rus_Cyrl": [
        "Книгу написал А. С. Пушкин. | Он родился в 1799 г. в Москве.",
        "Купили яблоки, груши и т. д. | Всё было свежее.",
        "Купили яблоки и т.д. | Всё было свежее.",
        "Он пришёл, т. е. вернулся. | Мы рады.",
        "«Иди!» — сказал отец. | Мальчик ушёл.",
        "1. Прочитайте текст. | 2. Ответьте на вопросы.",
        "Смотри рис. 5. | Там есть ответ.",
        "В III в. до н. э. возникла Парфия. | Она росла.",
        "Длина 3.5 м. | Ширина 2 м.",
        "Улица им. Махтумкули длинная. | Мы там были.",
        "(Он засмеялся.) | Потом ушёл.",
        "Что?! | Не может быть... | Да!",
        "Проф. Иванов и акад. Петров спорили. | Потом ушли.",
        "Закон от 14.03.2020 г. № 236-VI принят. | Он действует.",
    ],
    "eng_Latn": [
        "It was written by J. R. R. Tolkien. | He was born in 1892.",
        "Mr. Smith met Dr. Jones. | They talked.",
        "It costs $3.50. | That is cheap.",
        "See Fig. 3. | It shows the map.",
        "We came at 5 p.m. | They left.",
        'He said, "Go!" | She went.',
        "(He laughed.) | Then he left.",
        "Apples, pears, etc. are fruit. | So are figs.",
        "The U.S. Army came. | It stayed.",
        "1. Read the text. | 2. Answer it.",
        "What?! | No way... | Yes!",
        "She lives at e.g. No. 5 Main St. in Rome. | It is big.",
        "We sell pens, ink, etc. | Come in.",
        "The map (see p. 12) is old. | Turn the page.",
    ],
    "azj_Latn": [
        "Prof. Əliyev gəldi. | O danışdı.",
        "Alma, armud və s. aldıq. | Sonra getdik.",
        "1. Mətni oxuyun. | 2. Cavab verin.",
        "Ə. Kərimov 3.5 km qaçdı. | O yoruldu.",
    ],
    "ben_Beng": [
        "আমি ভাত খাই। | সে আসে।",
        "দাম ৩.৫ টাকা। | এটা সস্তা।",
        "ড. রহমান এলেন। | তিনি বললেন।",
        "তুমি কে? | আমি রহিম।",
        "মো. করিম এসেছেন। | তিনি ভালো।",
    ],
    "uzn_Latn": [
        "Sh. Rashidov keldi. | U gapirdi.",
        "Olma, nok va h.k. oldik. | Keyin ketdik.",
        "1. Matnni oʻqing. | 2. Javob bering.",
        "Prof. Karimov keldi. | U yosh.",
    ],
    "uzn_Cyrl": [
        "Проф. Каримов келди. | У ёш.",
        "А. Қодирий ёзди. | У машҳур.",
        "1. Матнни ўқинг. | 2. Жавоб беринг.",
        "Олма, нок ва ҳ.к. | Кейин кетдик.",
    ],
    "kaz_Cyrl": [
        "Проф. Сәтпаев келді. | Ол жас.",
        "А. Құнанбайұлы жазды. | Ол ақын.",
        "Алма, алмұрт т.б. алдық. | Кейін кеттік.",
        "1. Оқы. | 2. Жаз.",
    ],
    "kir_Cyrl": [
        "Ч. Айтматов жазган. | Ал улуу.",
        "Алма, алмурут ж.б. алдык. | Анан кеттик.",
        "1. Оку. | 2. Жаз.",
        "Проф. Акматов келди. | Ал жаш.",
    ],
    "tat_Cyrl": [
        "Г. Тукай язган. | Ул шагыйрь.",
        "Алма, груша һ.б. алдык. | Аннары киттек.",
        "1. Укы. | 2. Яз.",
        "Проф. Вәлиев килде. | Ул яшь.",
    ],
    "tgk_Cyrl": [
        "С. Айнӣ навишт. | Ӯ бузург буд.",
        "Проф. Раҳимов омад. | Ӯ ҷавон аст.",
        "1. Хонед. | 2. Нависед.",
        "Нарх 3.5 сомон. | Ин арзон аст.",
    ],
    "tur_Latn": [
        "Prof. Yılmaz geldi. | O konuştu.",
        "II. Abdülhamid tahta çıktı. | Yıl 1876 idi.",
        "Elma, armut vb. aldık. | Sonra gittik.",
        "M. Kemal 19. Tümen komutanıydı. | O kazandı.",
    ],
    "deu_Latn": [
        "Am 3. Oktober kam Dr. Meier. | Er blieb.",
        "Wir haben z. B. Brot. | Es ist gut.",
        "Prof. Klein und Dr. Groß kamen. | Sie blieben.",
        "Er kaufte Äpfel usw. | Dann ging er.",
    ],
    "fra_Latn": [
        "M. Dupont est venu. | Il parle.",
        "Il vend du pain, du vin, etc. | Entrez.",
        "«Viens!» dit-il. | Elle partit.",
        "1. Lisez le texte. | 2. Répondez.",
    ],
    "tuk_Cyrl": [
        "Бу китабы А. Кекилов язды. | Ол шахыр.",
        "1. Сөзлери окаң. | 2. Җогап бериң.",
        "Проф. Мырадов гелди. | Ол гүрледи.",
        "Алма, армыт ве ш.м. бар. | Олар тәзе.",
    ],
}
AWKWARD = 'ABcdЯяәı .!?…।"«»()\n\u00a0\u200b12№\ud800'
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from(AWKWARD)), max_size=60)


@pytest.mark.parametrize(("code", "marked"), [(c, case) for c in CASES for case in CASES[c]])
def test_split_sentences_ends_sentences_where_a_reader_would(code, marked):
    wanted = marked.split(" | ")
    assert split_sentences(" ".join(wanted), code) == wanted


@given(TEXTS, st.sampled_from(sorted(CASES)))
def test_nothing_but_white_space_is_lost(text, code):
    sentences = split_sentences(text, code)
    assert "".join("".join(sentences).split()) == "".join(text.split())
    assert all(sentence and sentence == sentence.strip() for sentence in sentences)


def test_a_line_break_is_no_boundary():
    assert split_sentences("Bu kitap\ntäze. Ol\ngowy.", "tuk_Latn") == [
        "Bu kitap\ntäze.",
        "Ol\ngowy.",
    ]


def test_unpaired_brackets_hide_no_boundaries():
    text = "Şertler: 1) wagt; 2) ýer (ş. golaýynda). " + "Men geldim. Ol gitdi. " * 20
    assert len(split_sentences(text, "tuk_Latn")) == 41


def test_empty_text_has_no_sentences():
    assert split_sentences(" \n", "rus_Cyrl") == []


@pytest.mark.parametrize("unit", ["( . ", "A. ", "Bu kitap. ", '"'])
def test_time_grows_with_the_length_and_not_its_square(unit):
    started = time.monotonic()
    split_sentences(unit * 50_000, "tuk_Latn")
    assert time.monotonic() - started < 5
