"""The login page: a token is changed for a session, which the browser keeps in a cookie that no script can read."""

from __future__ import annotations

from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from illuminas.server.services.auth_middleware import LOGIN, STRANGERS, Rate
from illuminas.server.services.principals import COOKIE, LASTS, Sessions, Tokens
from illuminas.server.web.entry.security_headers import HEADERS
from illuminas.server.web.entry.sockets import send_away

LOGOUT = "/logout"
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Log in – illuminas</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 16px system-ui, sans-serif; display: grid; place-items: center; min-height: 90vh; margin: 0; }}
  form {{ display: grid; gap: 12px; width: min(90vw, 22rem); }}
  h1 {{ font-size: 1.3rem; margin: 0; }} p {{ margin: 0; }}
  input, button {{ font: inherit; padding: 8px 10px; border-radius: 6px; border: 1px solid #8888; }}
  button {{ background: #0072b2; color: #fff; border: 0; cursor: pointer; }}
  .wrong {{ color: light-dark(#b34700, #ff9d5c); }}
</style></head><body>
<form method="post" action="{action}">
  <h1>illuminas</h1>
  <label for="token">Token of this server</label>
  <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
  <input type="hidden" name="next" value="{next}">
  {told}
  <button type="submit">Log in</button>
</form></body></html>
"""


def login_routes(tokens: Tokens, sessions: Sessions) -> list[BaseRoute]:
    """The pages for logging in and out, over the tokens that the server knows."""
    strangers = Rate(STRANGERS)

    async def show(request: Request) -> Response:
        return _page(request.query_params.get("next", "/"))

    async def log_in(request: Request) -> Response:
        form = await request.form()
        following = str(form.get("next", "/"))
        principal = tokens.principal(str(form.get("token", "")).strip())
        if principal is None:
            wait = strangers.take(request.client.host if request.client is not None else "?")
            if wait:
                return _page(following, f"Too many tries: wait {wait:.0f} s.", 429)
            return _page(following, "No client of this server has that token.", 401)
        if principal.scope == "tools":
            return _page(following, "That token is for searches elsewhere, which borrow the tools; not for pages.", 403)
        sessions.end(request.cookies.get(COOKIE, ""))
        answer = RedirectResponse(_inside(following), 303)
        answer.set_cookie(
            COOKIE,
            sessions.begin(principal),
            max_age=int(LASTS),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    async def log_out(request: Request) -> Response:
        answer = RedirectResponse(LOGIN, 303)
        if key := request.cookies.get(COOKIE, ""):  # which does not come along where another site leads here
            sessions.end(key)
            send_away(key)
            answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    return [Route(LOGIN, show), Route(LOGIN, log_in, methods=["POST"]), Route(LOGOUT, log_out)]


def _page(following: str, told: str = "", status: int = 200) -> Response:
    words = f'<p class="wrong" role="alert">{escape(told)}</p>' if told else ""
    text = _PAGE.format(action=LOGIN, next=escape(_inside(following)), told=words)
    return HTMLResponse(text, status, HEADERS | {"Cache-Control": "no-store"})


def _inside(path: str) -> str:
    """A path of this server; the list of runs for whatever would lead elsewhere."""
    inside = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if inside else "/"
