"""Run Label Studio on this machine, with accounts and projects for a recipe's annotators.

`start` may be repeated: it starts what does not run and adds what is missing. Everything lies in
`.dutar/label-studio`: data, log, `accounts.yaml` (passwords) and `connection.env` (the token).
"""

import os
import secrets
import subprocess
import time
from pathlib import Path

import httpx
import psutil
import typer
import yaml

from pipeline import settings
from pipeline.annotation.label_studio import LabelStudio
from pipeline.annotation.label_studio_client import LabelStudioClient
from pipeline.errors import InputError
from pipeline.recipe_files import load_recipe

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)
SERVER = settings.project_root() / ".venv-label-studio" / "bin" / "label-studio"
FOLDER = settings.label_studio_folder()
MAIL_DOMAIN = "dutar.example"  # no mail is ever sent
START_SECONDS, STOP_SECONDS = 300, 20


@app.command()
def start(recipe: str = "demo", port: int = 8080) -> None:
    """Start the server, wait for it, and prepare it for the recipe."""
    annotators = load_recipe(recipe).annotation.annotators
    FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
    accounts = _accounts(("admin", *annotators))
    running = _running()
    if running is None:
        _launch(accounts["admin"], port)
    url = f"http://127.0.0.1:{port if running is None else _port_of(running)}"
    _wait_for(url)
    connection = _connection(url, accounts["admin"])
    _add_accounts(connection, url, [accounts[name] for name in annotators])
    LabelStudio(connection, recipe, annotators).prepare()
    print(f"Label Studio: {url}\nPasswords:    {FOLDER / 'accounts.yaml'}")
    print(f"Log:          {FOLDER / 'server.log'}\nStop it with: make label-studio-stop")


@app.command()
def stop() -> None:
    """Stop the server; its data stay."""
    server = _running()
    if server is None:
        print("Label Studio does not run")
        return
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        server.kill()
    (FOLDER / "server.pid").unlink()
    print("Label Studio stopped")


def _accounts(names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Mail address and password of everybody; who has none yet is given one."""
    path = FOLDER / "accounts.yaml"
    accounts = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for name in names:
        fresh = {"email": f"{name}@{MAIL_DOMAIN}", "password": secrets.token_urlsafe(12)}
        accounts.setdefault(name, fresh)
    _write_secret(path, yaml.safe_dump(accounts, sort_keys=False))
    return dict(accounts)


def _write_secret(path: Path, text: str) -> None:
    """Replace a file at once by one that nobody else may read."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def _running() -> psutil.Process | None:
    try:
        server = psutil.Process(int((FOLDER / "server.pid").read_text(encoding="utf-8")))
        is_ours = str(SERVER) in server.cmdline() and server.status() != psutil.STATUS_ZOMBIE
    except (FileNotFoundError, ValueError, psutil.Error):
        return None
    return server if is_ours else None


def _port_of(server: psutil.Process) -> int:
    arguments = server.cmdline()
    return int(arguments[arguments.index("--port") + 1])


def _launch(admin: dict[str, str], port: int) -> None:
    if any(each.laddr.port == port for each in psutil.net_connections("tcp") if not each.raddr):
        raise typer.BadParameter(f"port {port} is taken; choose another one: make ... PORT=8081")
    environment = {
        **os.environ,  # noqa: TID251 - the server's environment is ours and its own settings
        "LABEL_STUDIO_BASE_DATA_DIR": str(FOLDER / "data"),
        "LABEL_STUDIO_USERNAME": admin["email"],
        "LABEL_STUDIO_PASSWORD": admin["password"],
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",  # or else failures are told to its makers, with what was in the request
        "FRONTEND_SENTRY_DSN": "",
    }
    arguments = [
        *(str(SERVER), "start", "--no-browser"),
        *("--internal-host", "127.0.0.1", "--port", str(port)),
    ]
    (FOLDER / "data").mkdir(exist_ok=True)
    with (FOLDER / "server.log").open("ab") as log:
        server = subprocess.Popen(
            arguments, env=environment, stdout=log, stderr=log, cwd=FOLDER, start_new_session=True
        )
    (FOLDER / "server.pid").write_text(str(server.pid), encoding="utf-8")


def _wait_for(url: str) -> None:
    for _ in range(START_SECONDS):
        if _running() is None:
            break
        try:
            if httpx.get(f"{url}/health", timeout=10).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(1)
    print(f"Label Studio does not answer at {url}; see {FOLDER / 'server.log'}")
    raise typer.Exit(1)


def _connection(url: str, admin: dict[str, str]) -> settings.Connection:
    """The admin's personal access token, made at first use; only the port may change later."""
    path = FOLDER / "connection.env"
    known = settings.written_connection()
    is_accepted = known is not None and _is_accepted(settings.Connection(url, known.token))
    token = known.token if known and is_accepted else _new_token(url, admin)
    _write_secret(path, f"DUTAR_LABEL_STUDIO_URL={url}\nDUTAR_LABEL_STUDIO_TOKEN={token}\n")
    return settings.Connection(url, token)


def _is_accepted(connection: settings.Connection) -> bool:
    try:
        LabelStudioClient(connection).get("/api/current-user/whoami")
    except InputError:  # the data were thrown away, or the token revoked
        return False
    return True


def _new_token(url: str, user: dict[str, str]) -> str:
    """Log in as a browser does; a token whose text was lost is revoked, for one is allowed."""
    with httpx.Client(base_url=url, timeout=60) as browser:
        _submit(browser, "/user/login/", user)
        browser.headers.update({"X-CSRFToken": browser.cookies["csrftoken"], "Referer": url})
        for lost in browser.get("/api/token/").raise_for_status().json():
            browser.post("/api/token/blacklist/", json={"refresh": lost["token"]})
        answer = browser.post("/api/token/").raise_for_status()
        return str(answer.json()["token"])


def _add_accounts(connection: settings.Connection, url: str, wanted: list[dict[str, str]]) -> None:
    """Sign up who has no account, by the invitation link; it is in the log, so it is renewed."""
    admin = LabelStudioClient(connection)
    there = {user["email"] for user in admin.get("/api/users")}
    new = [account for account in wanted if account["email"] not in there]
    for account in new:
        with httpx.Client(base_url=url, timeout=60) as browser:
            _submit(browser, str(admin.get("/api/invite")["invite_url"]), account)
    if new:
        admin.post("/api/invite/reset-token", {})


def _submit(browser: httpx.Client, path: str, account: dict[str, str]) -> None:
    """Fill in a form of the site; it answers with a redirect when it is content."""
    browser.get(path)
    form = {**account, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    answer = browser.post(path, data=form, headers={"Referer": str(browser.base_url)})
    if not answer.is_redirect:
        print(f"Label Studio refused {path.partition('?')[0]} for {account['email']}; if its")
        print(f"password was lost: {SERVER} reset_password")
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
