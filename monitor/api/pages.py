"""The built pages: files as they are, and the one page for every address that its own routes understand."""

from __future__ import annotations

from html import escape
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException

FOR_EVER = "public, max-age=31536000, immutable"
EACH_TIME = "no-cache"
NOT_PAGES = ("api/", "ws", "healthz", "readyz", "metrics", "problems/")

_MISSING = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>e-supervision</title>
<style>body {{ font: 1rem/1.6 "Noto Sans CJK SC", system-ui, sans-serif; max-width: 44rem; margin: 4rem auto;
padding: 0 1rem; color: #0F172A }} code {{ background: #E6ECF5; padding: .1em .4em; border-radius: .2em }}</style>
<h1>页面尚未构建 · The pages have not been built</h1>
<p>服务正在运行，数据接口可用：<a href="/api/v1/board">/api/v1/board</a>。要看到页面，请在项目目录运行
<code>{command}</code>，然后刷新。</p>
<p lang="en">The service is running and its interface answers: <a href="/api/v1/board">/api/v1/board</a>. For the pages,
run <code>{command}</code> in the project's folder, then reload.</p>
"""
BUILD_COMMAND = "make pages"


def pages_router(folder: Path | None) -> APIRouter:
    """Serve the pages built in `folder`; with None, a page that says how to build them. Include it last."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{path:path}")
    def read_page(path: str) -> Response:
        if path.startswith(NOT_PAGES):
            raise HTTPException(404)
        if folder is None:
            page = _MISSING.format(command=escape(BUILD_COMMAND))
            return HTMLResponse(page, headers={"Cache-Control": EACH_TIME})
        file = find_file(folder, path)
        if file is not None:
            return FileResponse(file, headers={"Cache-Control": FOR_EVER if path.startswith("assets/") else EACH_TIME})
        if path.startswith("assets/"):
            raise HTTPException(404)  # an old page asks for what a newer build no longer has
        return FileResponse(folder / "index.html", headers={"Cache-Control": EACH_TIME})

    return router


def find_file(folder: Path, path: str) -> Path | None:
    """Find a file of the build by its address; nothing outside the folder, nothing hidden."""
    wanted = (folder / path).resolve()
    inside = wanted.is_relative_to(folder.resolve()) and not any(part.startswith(".") for part in Path(path).parts)
    return wanted if path and inside and wanted.is_file() else None
