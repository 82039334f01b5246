"""How large the page of a long run is, how long it takes to make and to open; it makes that run by repeating a traced one.

    python tools/bench_page.py runs/yinyang-1 --deliveries 10000000

Opening is timed in chromium with chromedriver (Debian: chromium, chromium-driver), where both are installed.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spinn2sim.report.page.document import write_page

OPENED = "return document.body.dataset.ready === 'yes'"
LOAD_EVENT = "return performance.getEntriesByType('navigation')[0].loadEventEnd"


def repeated(run: Path, folder: Path, deliveries: int) -> int:
    """A run like `run` with at least so many deliveries: its epochs again and again. Returns the deliveries."""
    shutil.copytree(run, folder)
    packets = pq.read_table(run / "packets.parquet")
    packets = packets.replace_schema_metadata(None)
    span = {name: pc.max(packets[name]).as_py() + 1 for name in ("epoch", "seq", "delivered_q")}
    shifts = {"epoch": "epoch", "seq": "seq", "sent_q": "delivered_q", "delivered_q": "delivered_q"}
    rows = 0
    with pq.ParquetWriter(folder / "packets.parquet", packets.schema, compression="zstd") as writer:
        for turn in range(-(-deliveries // packets.num_rows)):
            shifted = packets
            for name, by in shifts.items():
                at = shifted.schema.get_field_index(name)
                moved = pc.add(shifted[name], pa.scalar(turn * span[by], shifted.schema.field(name).type))
                shifted = shifted.set_column(at, shifted.schema.field(name), moved)
            writer.write_table(shifted, row_group_size=1 << 17)
            rows += shifted.num_rows
    return rows


def opening_s(page: Path, profile: Path) -> tuple[float, float] | None:
    """Seconds to the load event, and until everything is drawn; None without a browser."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        return None
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for switch in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                   "--disable-background-networking", "--disable-component-update", "--disable-sync",
                   f"--user-data-dir={profile}"):  # fmt: skip
        options.add_argument(switch)
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        start = time.perf_counter()
        browser.get(page.as_uri())
        while not browser.execute_script(OPENED):
            time.sleep(0.01)
        return browser.execute_script(LOAD_EVENT) / 1e3, time.perf_counter() - start
    finally:
        browser.quit()


def main() -> None:
    """Print the four numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="a run with trace.packets = all")
    parser.add_argument("--deliveries", type=int, default=10_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        rows = repeated(given.run, folder / "run", given.deliveries)
        start = time.perf_counter()
        page = write_page(folder / "run", folder / "page.html")
        print(
            f"{rows:,} deliveries; page made in {time.perf_counter() - start:.1f} s, {page.stat().st_size / 1e6:.1f} MB"
        )
        opened = opening_s(page, folder / "profile")
        if opened is None:
            print("no chromium and chromedriver: opening not timed")
        else:
            print(f"opened in chromium: load event after {opened[0]:.2f} s, all drawn after {opened[1]:.2f} s")


if __name__ == "__main__":
    main()
