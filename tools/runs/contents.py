"""
JupyterLab's contents manager for readers: the course is read, their runs are kept in `work/`.

A notebook keeps its path, whether it is the course's or the reader's run. What is bent lies
below jupyter_server's notion of a path, so that listing, hash, download, nbconvert, trust and
checkpoints agree:

    _get_os_path      a notebook that the reader has saved is the file in work/notebooks/
    open              one that they have not is read without what was measured
    atomic_writing    goes to work/notebooks/, or is refused

Without an own run the hash is constant: an update of the course under an open notebook is no
reason to ask whether to overwrite, since what is saved goes elsewhere.
"""

import glob
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePath
from typing import IO, Any
from urllib.parse import quote

import nbformat
from jupyter_server.files.handlers import FilesHandler
from jupyter_server.services.contents.filecheckpoints import AsyncFileCheckpoints
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from nbformat import NotebookNode
from tornado.web import HTTPError
from traitlets import default

from tools.notebooks.files import FOLDERS

from .notebook import as_kept, as_opened, base, carried_over, digest, is_untouched, notice, read

RUNS = PurePath("work", "notebooks")
CHECKPOINTS = PurePath("work", ".checkpoints")

Model = dict[str, Any]


class ReadersCheckpoints(AsyncFileCheckpoints):
    """
    Checkpoints in `work/`, whatever they are of.
    """

    def checkpoint_path(self, checkpoint_id: str, path: str) -> str:
        file = PurePath(path.strip("/"))
        name = f"{file.stem}-{checkpoint_id}{file.suffix}"
        return str(Path(self.root_dir, CHECKPOINTS, file.parent, name))

    async def create_checkpoint(self, contents_mgr: "ReadersContents", path: str) -> Model:
        if contents_mgr.is_as_given(path):  # JupyterLab asks for one as soon as it is open
            unsaved: Model = await self.checkpoint_model(
                "checkpoint", contents_mgr._get_os_path(path)
            )
            return unsaved
        kept: Model = await super().create_checkpoint(contents_mgr, path)
        return kept

    async def restore_checkpoint(
        self, contents_mgr: "ReadersContents", checkpoint_id: str, path: str
    ) -> None:
        place = contents_mgr.place_to_write(contents_mgr._get_os_path(path))
        await self._copy(self.checkpoint_path(checkpoint_id, path), place)

    async def rename_checkpoint(self, checkpoint_id: str, old_path: str, new_path: str) -> None:
        self._make_room(self.checkpoint_path(checkpoint_id, new_path))
        await super().rename_checkpoint(checkpoint_id, old_path, new_path)

    async def _copy(self, src: str, dest: str) -> None:
        self._make_room(dest)
        await super()._copy(src, dest)

    def _make_room(self, file: str) -> None:
        with self.perm_to_403(file):
            Path(file).parent.mkdir(parents=True, exist_ok=True)


class ReadersContents(AsyncLargeFileManager):
    """
    The course as it is, and over it the reader's runs.
    """

    @default("checkpoints_class")
    def _readers_checkpoints(self) -> type[ReadersCheckpoints]:
        return ReadersCheckpoints

    @default("files_handler_class")
    def _files_handler(self) -> type[FilesHandler]:
        return FilesHandler  # asks this manager; the usual one reads the file itself

    @default("files_handler_params")
    def _files_handler_path(self) -> dict[str, str]:
        return {"path": self.root_dir}

    # Whose a file is

    def is_as_given(self, path: str) -> bool:
        """
        Whether this is a notebook of the course, and the reader has no run of it.
        """
        own = self._own(path)
        return own is not None and not own.is_file()

    def place_to_write(self, os_path: str) -> str:
        """
        The file to write where this one is meant.

        Raises:
            HTTPError: It is the course's.
        """
        inside = self._inside_course(os_path)
        if inside is None:
            return os_path
        own = self._own_of(os_path)
        if own is None:
            raise refusal(inside)
        with self.perm_to_403(own):
            own.parent.mkdir(parents=True, exist_ok=True)
        return str(own)

    def _get_os_path(self, path: str) -> str:
        own = self._own(path)
        return str(own) if own and own.is_file() else self._stored(path)

    def _stored(self, path: str) -> str:
        """
        The file of the checkout, whether there is an own run of it or not.
        """
        os_path: str = super()._get_os_path(path)
        return os_path

    def _own(self, path: str) -> Path | None:
        return self._own_of(self._stored(path))

    def _own_of(self, os_path: str) -> Path | None:
        """
        Where the run of a notebook of the course is kept, whether there is one or not.
        """
        inside = self._inside_course(os_path)
        if inside and inside.suffix == ".ipynb" and Path(os_path).is_file():
            return Path(self.root_dir, RUNS, inside)
        return None

    def _inside_course(self, os_path: str) -> PurePath | None:
        inside = PurePath(os.path.relpath(os_path, self.root_dir))
        return inside if inside.parts and inside.parts[0] in FOLDERS else None

    def _refuse_in_course(self, path: str) -> None:
        if inside := self._inside_course(self._stored(path)):
            raise refusal(inside)

    def is_writable(self, path: str) -> bool:
        if own := self._own(path):
            there = next(folder for folder in (own, *own.parents) if folder.exists())
            return os.access(there, os.W_OK)
        if self._inside_course(self._stored(path)):
            return False
        return bool(super().is_writable(path))

    # Reading

    @contextmanager
    def open(self, os_path: str, *args: Any, **kwargs: Any) -> Iterator[IO[Any]]:
        with super().open(os_path, *args, **kwargs) as file:
            if self._own_of(os_path):
                yield BytesIO(without_measurements(file.read()))
            else:
                yield file

    async def get(
        self,
        path: str,
        content: bool = True,
        type: str | None = None,  # noqa: A002, jupyter_server's name
        format: str | None = None,  # noqa: A002
        require_hash: bool = False,
    ) -> Model:
        own = self._own(path)
        if content and own and own.is_file():
            self._bring_up_to_date(path, own)
        model: Model = await super().get(path, content, type, format, require_hash)
        if own and not own.is_file():
            if require_hash:
                model |= self._get_hash(path.strip("/").encode())
            if content and model["type"] == "notebook":
                model["content"].cells[:0] = self._notices(path, own)
        return model

    def mark_trusted_cells(self, nb: NotebookNode, path: str = "") -> None:
        if self.is_as_given(path):
            self.notary.mark_cells(nb, trusted=True)  # all that is in it came with the course
        else:
            super().mark_trusted_cells(nb, path)

    def _bring_up_to_date(self, path: str, own: Path) -> None:
        """
        Where the course has changed only prose, give it to the run; else set the run aside.
        """
        try:
            run = read(own.read_text(encoding="utf-8"))
            course = read(Path(self._stored(path)).read_text(encoding="utf-8"))
        except ValueError:  # said where it is read
            return
        if base(run) == digest(course):
            return
        trusted = self.notary.check_signature(run)
        if new := carried_over(run, as_opened(course)):
            self.notary.mark_cells(new, trusted)
            self.check_and_sign(new, path)
            with self.atomic_writing(str(own), encoding="utf-8") as file:
                nbformat.write(new, file)
        else:
            own.rename(free_name(own))

    def _notices(self, path: str, own: Path) -> list[NotebookNode]:
        earlier = sorted(own.parent.glob(f"{glob.escape(own.stem)} (your run of *).ipynb"))
        if not earlier:
            return []
        folder = Path(self._stored(path)).parent
        links = [f"[{run.stem}]({quote(os.path.relpath(run, folder))})" for run in earlier]
        text = (
            "**The course has changed this notebook since you ran it.** This is the new one;"
            f" yours is kept: {', '.join(links)}."
        )
        return [notice(text)]

    # Writing

    @contextmanager
    def atomic_writing(self, os_path: str, *args: Any, **kwargs: Any) -> Iterator[IO[Any]]:
        with super().atomic_writing(self.place_to_write(os_path), *args, **kwargs) as file:
            yield file

    async def save(self, model: Model, path: str = "") -> Model:
        own = self._own(path)
        if own is None:
            self._refuse_in_course(path)
        elif model.get("type") == "notebook":
            notebook = as_kept(nbformat.from_dict(model["content"]))
            if not own.is_file() and is_untouched(notebook):
                return await self.get(path, content=False)
            model = model | {"content": notebook}
        else:
            msg = "A notebook of the course is saved as a notebook: open it as one."
            raise HTTPError(403, msg, reason=msg)
        saved: Model = await super().save(model, path)
        return saved

    async def delete_file(self, path: str) -> None:
        own = self._own(path)
        if not (own and own.is_file()):
            self._refuse_in_course(path)
        await super().delete_file(path)  # of a run: into the trash, and one begins anew

    async def rename_file(self, old_path: str, new_path: str) -> None:
        self._refuse_in_course(old_path)
        self._refuse_in_course(new_path)
        await super().rename_file(old_path, new_path)

    async def _copy_dir(
        self, from_path: str, to_path_original: str, to_name: str, to_path: str
    ) -> Model:
        self._refuse_in_course(to_path)
        copied: Model = await super()._copy_dir(from_path, to_path_original, to_name, to_path)
        return copied

    # Running

    async def get_kernel_path(self, path: str, model: Model | None = None) -> str:
        """
        A run that was set aside is run beside the services of its notebook, too.
        """
        inside = PurePath(path.strip("/"))
        if inside.is_relative_to(RUNS):
            path = inside.relative_to(RUNS).as_posix()
        folder: str = await super().get_kernel_path(path, model)
        return folder


def refusal(inside: PurePath) -> HTTPError:
    msg = (
        f"{inside.parts[0]}/ stays as the course has it. Your runs of its notebooks are kept"
        " for you; files of your own belong in work/."
    )
    return HTTPError(403, msg, reason=msg)


def without_measurements(stored: bytes) -> bytes:
    try:
        notebook = as_opened(read(stored.decode()))
    except ValueError:  # a merge in it, say: what cannot be read is shown as such
        return stored
    written: str = nbformat.v4.writes(notebook)
    return written.encode()


def free_name(own: Path) -> Path:
    """
    The name under which a run is set aside: that of its day, and a number if need be.
    """
    day = time.strftime("%Y-%m-%d", time.localtime(own.stat().st_mtime))
    aside = own.with_name(f"{own.stem} (your run of {day}).ipynb")
    number = 1
    while aside.exists():
        number += 1
        aside = own.with_name(f"{own.stem} (your run of {day}, {number}).ipynb")
    return aside
