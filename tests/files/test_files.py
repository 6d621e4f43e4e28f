"""Files of records: what is taken, who gets it, and that nothing is ever half there."""

from __future__ import annotations

import errno
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clew.core import documents
from clew.core.documents import files as store
from clew.core.documents.files import Files, TooLarge
from clew.core.documents.names import LONGEST, cleaned
from clew.core.errors import Conflict, Invalid, NotFound, Unavailable
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contract, Document, Lead, User
from clew.core.people.tokens import issue_token
from clew.core.running import drain
from clew.core.storage.system_tables import JournalLine

from ..app import app_of

PDF = b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n<<>>\nendobj\n"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + b"\0" * 64


def docx(member: str = "word/document.xml") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(member, "<x/>")
    return made.getvalue()


def by(user: User) -> Origin:
    return Origin(Actor.of(user), "console")


@pytest.fixture
def ws(any_workspace: Any, found: Any) -> Any:
    found(any_workspace)
    return any_workspace


@pytest.fixture
def seller(ws: Any, found: Any) -> User:
    user: User = found(ws).user("sales")
    return user


@pytest.fixture
def contract(ws: Any, seller: User) -> Contract:
    """A contract of the seller's."""
    lead = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
    ws.door.change("lead", lead.id, {"owner_id": seller.id, "team_id": seller.team_id}, SYSTEM)
    values = {"number": "SALES-1", "amount": "864000", "lead_id": lead.id, "customer_id": lead.customer_id}
    made: Contract = ws.door.create("contract", values, SYSTEM).record
    drain(ws)
    return made


@pytest.fixture
def attach(ws: Any, contract: Contract, seller: User) -> Callable[..., Any]:
    def put(data: bytes = PDF, name: str = "合同.pdf", who: User | None = None, key: str | None = None) -> Any:
        return documents.attach(ws, "contract", contract.id, name, io.BytesIO(data), by(who or seller), key)

    return put


def kept(ws: Any) -> list[str]:
    """Return the names of all files in the folder, those on their way among them."""
    return sorted(one.name for one in Path(ws.settings.files_folder).rglob("*") if one.is_file())


def test_a_file_is_kept_by_its_content_and_hangs_on_its_record(ws: Any, attach: Any, contract: Contract) -> None:
    made = attach(name="C:\\扫描\\合同 第1版.pdf")
    row = Document.get()
    assert (row.name, row.media_type, row.size) == ("合同 第1版.pdf", "application/pdf", len(PDF))
    assert (row.contract_id, row.lead_id, row.customer_id) == (contract.id, contract.lead_id, contract.customer_id)
    assert row.uploader_id
    assert made.new
    assert made.alike == ()
    assert kept(ws) == [row.sha256]
    assert Files.of(ws.settings).there(row.sha256).read_bytes() == PDF
    line = JournalLine.get(JournalLine.kind == "document.created")
    assert line.after["sha256"] == row.sha256


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("合同\u202efdp.exe", "合同fdp.exe"),
        ("a\0b\ud800.pdf", "ab.pdf"),
        ("  ..  ", ""),
        ("Ａ４ 合同（终版）😀.pdf", "Ａ４ 合同（终版）😀.pdf"),
        ("=cmd|'/c calc'!A1.pdf", "c calc'!A1.pdf"),
        ("长" * 400 + ".pdf", "长" * (LONGEST - 5) + "….pdf"),
    ],
)
def test_a_name_is_shown_as_given_without_what_misleads(given: str, name: str) -> None:
    assert cleaned(given) == name


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"MZ\x90\x00" + b"\0" * 60, "合同.pdf", "内容不是 .pdf 文件"),
        (PNG, "合同.pdf", "看起来是 .png"),
        (b"<html><script>alert(1)</script>", "a.html", "类型不收"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "类型不收"),
        (docx("xl/workbook.xml"), "a.docx", "内容不是 .docx 文件"),
        (b"a\0b", "a.txt", "内容不是 .txt 文件"),
        (b"", "a.pdf", "空文件"),
        (PDF, "没有后缀", "类型不收"),
        (PDF, "\u202e\0", "没有名字"),
    ],
)
def test_the_content_says_the_type_and_the_name_agrees(ws: Any, attach: Any, data: bytes, name: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        attach(data, name)
    assert said in refused.value.text.zh
    assert (kept(ws), Document.select().count()) == ([], 0)


@pytest.mark.parametrize(
    ("data", "name"),
    [(PNG, "a.PNG"), (docx(), "a.docx"), ("说好了".encode(), "a.txt"), ("价".encode("gb18030"), "a.csv")],
)
def test_what_agrees_is_taken(attach: Any, data: bytes, name: str) -> None:
    assert attach(data, name).document.size == len(data)


def test_a_file_above_the_limit_is_refused_before_it_is_read_to_the_end(ws: Any, contract: Any, seller: User) -> None:
    most = Files.of(ws.settings).most

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"%PDF-" + b"0" * (size - 5)

    stream = Endless()
    with pytest.raises(TooLarge, match="20 MB"):
        documents.attach(ws, "contract", contract.id, "a.pdf", stream, by(seller))  # type: ignore[arg-type]
    assert stream.given < most + 2**20
    assert kept(ws) == []


def test_the_same_content_is_pointed_out(ws: Any, attach: Any, contract: Contract, seller: User) -> None:
    attach()
    with pytest.raises(Conflict, match="which is here"):
        attach(name="再传一次.pdf")
    values = {"number": "SALES-2", "amount": 1, "lead_id": contract.lead_id, "customer_id": contract.customer_id}
    other = ws.door.create("contract", values, SYSTEM).record
    again = documents.attach(ws, "contract", other.id, "另一份.pdf", io.BytesIO(PDF), by(seller))
    assert [one.name for one in again.alike] == ["合同.pdf"]
    assert len(kept(ws)) == 1


def test_sent_twice_with_one_key_it_is_one_file(attach: Any) -> None:
    first, second = attach(key="k"), attach(key="k")
    assert (first.document.id, first.new, second.new) == (second.document.id, True, False)


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EACCES])
def test_a_full_disk_leaves_nothing_half_written(ws: Any, attach: Any, monkeypatch: Any, fault: int) -> None:
    real = os.fsync

    def full(number: int) -> None:
        raise OSError(fault, os.strerror(fault))

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(Unavailable):
        attach()
    monkeypatch.setattr(store.os, "fsync", real)
    assert (kept(ws), Document.select().count()) == ([], 0)
    assert attach().new


def test_killed_at_any_line_it_leaves_an_orphan_at_most_that_is_swept(
    ws: Any, attach: Any, monkeypatch: Any, contract: Contract
) -> None:
    """Whatever write is the last: there is no record without its file, and trying again works."""

    class Killed(BaseException):
        pass

    def killed(*_: Any) -> None:
        raise Killed

    keep = Files.keep
    monkeypatch.setattr(Files, "keep", lambda files, one: (keep(files, one), killed()))
    with pytest.raises(Killed):
        attach()
    monkeypatch.setattr(Files, "keep", keep)
    assert Document.select().count() == 0
    (orphan,) = kept(ws)
    now = ws.clock.now().timestamp()
    path = Files.of(ws.settings).path_of(orphan)
    day = 24 * 3600
    os.utime(path, (now - 2 * day, now - 2 * day))

    def whole_round() -> int:
        return sum(_advanced(ws) for _ in range(256))

    assert whole_round() == 1
    assert kept(ws) == []
    made = attach()
    os.utime(path, (now - 2 * day, now - 2 * day))
    assert whole_round() == 0
    assert kept(ws) == [made.document.sha256]


def _advanced(ws: Any) -> int:
    ws.clock.advance(minutes=5)
    return documents.sweep(ws)


def test_a_removed_file_stays_and_comes_back(ws: Any, attach: Any, seller: User) -> None:
    row = attach().document
    gone = documents.retire(ws, row, by(seller))
    assert gone.retired_at is not None
    assert kept(ws) == [row.sha256]
    assert attach(name="第二版.pdf").new  # The content is free again.
    assert documents.restore(ws, gone, by(seller)).retired_at is None
    kinds = [one.kind for one in JournalLine.select().where(JournalLine.record_id == row.id).order_by(JournalLine.seq)]
    assert kinds == ["document.created", "document.retired", "document.restored"]


def test_files_of_a_locked_contract_stay_as_they_are(ws: Any, attach: Any, contract: Contract, seller: User) -> None:
    row = attach().document
    ws.door.change("contract", contract.id, {"locked": True, "lock_reason": "法务终审中"}, SYSTEM)
    with pytest.raises(Conflict, match="法务终审中"):
        documents.retire(ws, row, by(seller))
    assert attach(PNG, "补一页.png").new


def test_who_sees_the_record_gets_the_file_and_nobody_else(
    ws: Any, attach: Any, found: Any, contract: Contract, seller: User
) -> None:
    row = attach().document
    company = found(ws)
    for role in ("legal", "finance", "manager", "ops"):
        assert documents.find(ws, Actor.of(company.user(role)), row.id).id == row.id, role
    stranger = company.sellers["华北部"][0]
    with pytest.raises(NotFound):
        documents.find(ws, Actor.of(stranger), row.id)
    with pytest.raises(NotFound):
        attach(PNG, "a.png", stranger)
    assert attach(PNG, "意见.png", company.user("legal")).new


def test_a_merge_moves_files_along(ws: Any, attach: Any, contract: Contract) -> None:
    row = attach().document
    other = ws.door.create("customer", {"name": "另一家"}, SYSTEM).record
    ws.door.change("customer", contract.customer_id, {"merged_into_id": other.id}, SYSTEM)
    assert Document.get_by_id(row.id).customer_id == other.id


# ---- Over HTTP


def test_over_the_api(workspace: Any, company: Any, contract_of: Any) -> None:
    ws, seller = workspace, company.user("sales")
    contract = contract_of(ws, seller)
    client = app_of(ws).test_client()
    token = issue_token(ws, seller, "api", SYSTEM)
    head = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k1"}

    def post(data: bytes = PDF, name: str = "合同 é.pdf", **more: str) -> Any:
        form = {"kind": "contract", "record_id": contract.id, "file": (io.BytesIO(data), name), **more}
        return client.post("/api/v1/documents", data=form, headers=head, content_type="multipart/form-data")

    made = post()
    assert made.status_code == 201, made.text
    assert post().status_code == 200
    found = made.get_json()
    path = f"/api/v1/documents/{found['id']}/content"
    got = client.get(path, headers=head)
    assert (got.status_code, got.data, got.content_type) == (200, PDF, "application/pdf")
    said = got.headers["Content-Disposition"]
    assert said.startswith("attachment;")
    assert "filename*=UTF-8''%E5%90%88%E5%90%8C%20%C3%A9.pdf" in said
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"].startswith("sandbox")
    part = client.get(path, headers={**head, "Range": "bytes=5-7"})
    assert (part.status_code, part.data) == (206, PDF[5:8])
    assert JournalLine.select().where(JournalLine.kind == "document.downloaded").count() == 1
    assert client.post("/api/v1/documents", headers=head, data={"kind": "contract"}).status_code == 422
    head["Idempotency-Key"] = "k2"
    assert post(kind="task").status_code == 404
    assert post(b"MZ", "a.pdf").status_code == 422
    large = post(b"%PDF-" + b"0" * (22 * 1024 * 1024), "big.pdf")
    assert large.status_code == 413
    assert client.post("/api/v1/tasks", data=b"x" * (17 * 1024 * 1024), headers=head).status_code in (405, 413)
    assert client.post(f"/api/v1/documents/{found['id']}/retire", headers=head).get_json()["retired_at"]
    assert client.post(f"/api/v1/documents/{found['id']}/restore", headers=head).get_json()["retired_at"] is None
    Files.of(ws.settings).path_of(found["sha256"]).unlink()
    assert client.get(path, headers=head).status_code == 503


@pytest.fixture
def contract_of() -> Callable[..., Contract]:
    def make(ws: Any, seller: User) -> Contract:
        lead = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
        ws.door.change("lead", lead.id, {"owner_id": seller.id, "team_id": seller.team_id}, SYSTEM)
        of = {"lead_id": lead.id, "customer_id": Lead.get_by_id(lead.id).customer_id}
        made: Contract = ws.door.create("contract", {"number": "SALES-1", "amount": "864000", **of}, SYSTEM).record
        return made

    return make


def test_in_the_console(workspace: Any, company: Any, contract_of: Any) -> None:
    ws, seller = workspace, company.user("sales")
    contract = contract_of(ws, seller)
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": seller.email, "password": company.password})
    to = f"/documents/of/contract/{contract.id}"
    several = [(io.BytesIO(PDF), "合同.pdf"), (io.BytesIO(b"MZ"), "坏的.pdf"), (io.BytesIO(PNG), "图.png")]
    page = client.post(to, data={"file": several, "key": "k"}, follow_redirects=True).text
    assert "「合同.pdf」已上传" in page
    assert "「图.png」已上传" in page
    assert "「坏的.pdf」的内容不是" in page
    row = Document.get(Document.name == "图.png")
    shown = client.get(f"/documents/{row.id}?show=1")
    assert shown.headers["Content-Disposition"].startswith("inline")
    said = client.post(to, data={"file": several[:0]}, headers={"Accept": "application/json"})
    assert (said.status_code, said.get_json()["files"][0]["ok"]) == (422, False)
    big = {"file": (io.BytesIO(b"0" * 22 * 1024 * 1024), "a.pdf")}
    refused = client.post(to, data=big, headers={"Accept": "application/json"})
    assert refused.status_code == 413
    assert "20 MB" in refused.get_json()["text"]
    client.post(f"/documents/{row.id}/retire")
    assert Document.get_by_id(row.id).retired_at is not None
    assert "已移除 1 份" in client.get(f"/contracts/{contract.id}").text
    assert client.get("/documents/00000000000000000000000000").status_code == 404
