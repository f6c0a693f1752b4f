import importlib.util
import os
import py_compile
from pathlib import Path

import pytest

from session_hooks_installer.bytecode import can_be_written, is_fresh, missing
from session_hooks_installer.probe import Module

MAGIC = importlib.util.MAGIC_NUMBER


@pytest.fixture
def module(tmp_path: Path) -> Module:
    source = tmp_path / "one.py"
    source.write_text("x = 1\n")
    return Module(str(source), importlib.util.cache_from_source(str(source)))


@pytest.mark.parametrize("mode", py_compile.PycInvalidationMode)
def test_what_python_compiled_is_there(
    module: Module, mode: py_compile.PycInvalidationMode
) -> None:
    py_compile.compile(module.source, module.compiled, invalidation_mode=mode)
    assert missing([module], MAGIC) == []


def test_what_was_never_compiled_is_missing(module: Module) -> None:
    assert missing([module], MAGIC) == [module]


def test_a_source_that_was_changed_since_is_to_be_compiled(module: Module) -> None:
    py_compile.compile(module.source, module.compiled)
    os.utime(module.source, (1, 1))
    assert missing([module], MAGIC) == [module]


def test_another_pythons_compiled_form_is_of_no_use(module: Module) -> None:
    py_compile.compile(module.source, module.compiled)
    assert missing([module], b"old\n") == [module]


def test_a_source_that_is_gone_needs_nothing(module: Module) -> None:
    os.unlink(module.source)
    assert missing([module], MAGIC) == []


@pytest.mark.parametrize("head", [b"", MAGIC, MAGIC + bytes(11)])
def test_half_a_head_is_none(head: bytes) -> None:
    assert not is_fresh(head, MAGIC, 0, 0)


def test_times_are_kept_in_32_bits() -> None:
    head = MAGIC + bytes(4) + (7).to_bytes(4, "little") + (9).to_bytes(4, "little")
    assert is_fresh(head, MAGIC, 2**32 + 7, 9)
    assert not is_fresh(head, MAGIC, 8, 9)
    assert not is_fresh(head, MAGIC, 7, 8)


def test_where_the_folder_is_not_there_yet_the_one_above_decides(
    module: Module, tmp_path: Path
) -> None:
    assert can_be_written([module])
    assert not can_be_written([Module("x.py", "/proc/self/x/y.pyc")])
    assert not os.path.exists(tmp_path / "__pycache__")
