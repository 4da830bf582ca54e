"""Reads every list and report as JSON, CSV, XLSX, Parquet and PDF, as somebody, and compares them cell by cell.

Arguments: the address of the API, the contract, the phrases, and then a name and a token for each reader.
"""

import csv
import io
import json
import re
import subprocess
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import requests

import parquet

UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def main():
    base, contract, phrases, *readers = sys.argv[1:]
    with open(contract) as file:
        paths = json.load(file)["paths"]
    with open(phrases) as file:
        phrases = json.load(file)
    lists = [path for path, item in paths.items() if "{" not in path and offers_files(item)]
    assert len(lists) > 20, lists
    rows = 0
    for name, token in zip(readers[::2], readers[1::2]):
        for path in lists:
            rows += compare(base, path, phrases, name, token)
    print(f"{len(lists)} lists, {rows} rows")


def offers_files(item):
    parameters = item.get("get", {}).get("parameters", [])
    return any(parameter["name"] == "format" for parameter in parameters)


def compare(base, path, phrases, name, token):
    query = {"from": "2030-01-01", "until": "2030-02-01"} if path.endswith("/utilisation") else {}
    where = f"{path} as {name}"

    def get(**more):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.get(base + path, params={**query, **more}, headers=headers, timeout=30)

    page = get(limit=200)
    files = {form: get(format=form, limit=1) for form in ("csv", "xlsx", "parquet", "pdf")}
    for form, file in files.items():
        assert file.status_code == page.status_code, f"{where}: {form} is {file.status_code}, JSON {page.status_code}"
    if page.status_code != 200:
        return 0
    page = page.json()
    assert page["page"]["next"] is None, f"{where}: too many for one page"
    zone = ZoneInfo(files["csv"].headers["X-Time-Zone"])
    text = files["csv"].content.decode("utf-8-sig")
    head, *lines = list(csv.reader(io.StringIO(text, newline="")))
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"].content))
    sheet, about = book.worksheets
    assert sheet.freeze_panes == "A2", where
    sheet_head, *cells = [[cell for cell in row] for row in sheet.iter_rows()] or [[]]
    assert [cell.value for cell in sheet_head] == head, (where, [cell.value for cell in sheet_head], head)
    assert not any(cell.data_type == "f" for row in cells for cell in row), f"{where}: a formula"
    expected = page["data"]
    assert len(lines) == len(cells) == len(expected), f"{where}: {len(expected)} as JSON, {len(lines)} as CSV, {len(cells)} as XLSX"
    for header in ("X-Position", "X-Rows"):
        assert len({file.headers[header] for file in files.values()}) == 1, f"{where}: {header}"
    assert int(files["csv"].headers["X-Rows"]) == len(expected), where
    printed = {row[0].value: row[1].value for row in about.iter_rows()}
    assert files["xlsx"].headers["X-Position"] in printed.values() and str(zone) in printed.values(), printed
    for line, row, item in zip(lines, cells, expected):
        for heading, one, other in zip(head, line, row):
            same_cell(f"{where}, {heading}", one, other, zone)
        for field, value in item.items():
            same_value(f"{where}, {field}", phrases, head, line, field, value)
    same_rows(where, files["parquet"], expected)
    same_page(where, files["pdf"], head, lines, expected)
    return len(expected)


def same_page(where, file, head, lines, expected):
    """On paper there are as many rows, in the same order where they have ids, and all texts of theirs, but the ids of
    what has a name; times are written otherwise there."""
    shown = subprocess.run(["pdftotext", "-raw", "-", "-"], input=file.content, capture_output=True, check=True).stdout
    shown = squeezed(shown.decode())
    if expected and "id" in expected[0]:
        own = [item["id"] for item in expected]
        found = [id for id in UUID.findall(shown) if id in own]
        assert found == own, (where, found, own)
    for line in lines:
        for heading, text in zip(head, line):
            if text and not heading.endswith(")") and text not in ("true", "false"):
                assert squeezed(text.removeprefix("'")) in shown, (where, heading, text)


def squeezed(text):
    """Without the spaces at which lines are broken."""
    return "".join(text.split())


def same_rows(where, file, expected):
    """The columns of a Parquet file hold all that is in the rows of the JSON, typed."""
    rows, notes = parquet.read(file.content)
    assert notes["position"] == file.headers["X-Position"], (where, notes)
    assert len(rows) == len(expected), where
    for row, item in zip(rows, expected):
        for column, value in row.items():
            beside = {}
            wanted = item
            for name in column.split("."):
                beside, wanted = wanted, (wanted or {}).get(name)
            assert is_same(value, wanted, beside), (f"{where}, {column}", value, wanted)
        missing = set(item) - {column.split(".")[0] for column in row}
        assert not missing, (where, missing)


def is_same(value, wanted, beside):
    """A typed value stands for one in the JSON, where amounts are in minor units of the currency beside them."""
    if isinstance(value, datetime):
        return value == datetime.fromisoformat(wanted)
    if isinstance(value, date):
        return value.isoformat() == wanted
    if isinstance(value, Decimal):
        return value * (1 if beside["currency"] == "JPY" else 100) == wanted
    if isinstance(wanted, (dict, list)):
        return json.loads(value) == wanted
    if isinstance(value, float):
        return isinstance(wanted, (int, float)) and value == wanted
    return type(value) is type(wanted) and value == wanted


def same_cell(where, text, cell, zone):
    """A cell of the CSV and one of the workbook say the same."""
    value = cell.value
    if isinstance(value, datetime) and len(text) > 10:
        local = datetime.fromisoformat(text).astimezone(zone).replace(tzinfo=None)
        # Excel keeps milliseconds.
        assert abs(local - value) < timedelta(milliseconds=2), (where, text, value)
    elif isinstance(value, datetime):
        assert text == value.date().isoformat(), (where, text, value)
    elif isinstance(value, bool):
        assert text == str(value).lower(), (where, text, value)
    elif isinstance(value, (int, float)):
        assert float(text) == value, (where, text, value)
    else:
        value = value or ""
        assert text == ("'" + value if value.startswith(FORMULA_STARTS) else value), (where, text, value)


def same_value(where, phrases, head, line, field, value):
    """A plain value of the JSON stands in the column of its field."""
    if value is None or isinstance(value, (dict, list)) or field in ("amount", "refunded"):
        return
    name = phrases["fields"].get(field, field)
    found = [text for heading, text in zip(head, line) if heading.split(" (")[0] == name]
    assert found, (where, head)
    if isinstance(value, bool):
        wanted = {str(value).lower()}
    elif isinstance(value, (int, float)):
        assert any(text and float(text) == value for text in found if text.lstrip("-")[:1].isdigit()), (where, found, value)
        return
    else:
        wanted = {value, "'" + value, phrases["values"].get(value, value)}
    times = [text for text in found if is_time(text)]
    if isinstance(value, str) and is_time(value) and times:
        assert any(datetime.fromisoformat(text) == datetime.fromisoformat(value) for text in times), (where, found, value)
        return
    assert wanted & set(found), (where, found, value)


def is_time(text):
    try:
        return "T" in text and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


main()
