"""Machine translation: any sequence-to-sequence model, taught on the corpus, and used."""
