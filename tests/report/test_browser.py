"""The page in Debian's chromium, headless: it opens without an error, figures have content, and its controls change what is shown.

Skipped where there is no chromium with its driver (Debian: chromium, chromium-driver); CI installs them.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hostile_names import HOSTILE, with_names
from spinn2sim.report.labels import label
from spinn2sim.report.page.document import write_page

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no chromium and chromedriver installed")
SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1300,1000",
)  # fmt: skip
READY_S = 60
# Sources are found by what they show: documents of the page, the model with a name, its data.
FIND = """
const named = name => { for (const d of Bokeh.documents) { const m = d.get_model_by_name(name); if (m) return m; } };
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A new browser with a folder of its own."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for switch in (*SWITCHES, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


def opened(browser: Any, run: Path, folder: Path) -> Any:
    """The page of a run, drawn to its end."""
    browser.get(write_page(run, folder / "page.html").as_uri())
    end = time.monotonic() + READY_S
    while browser.execute_script("return document.body.dataset.ready") != "yes":
        assert time.monotonic() < end, browser.get_log("browser")
        time.sleep(0.05)
    return browser


def shown(browser: Any, layer: str) -> list[float]:
    """What the heat map colours now: values of the PEs or of the channels."""
    script = FIND + "return Array.from(named(arguments[0]).data_source.data.value)"
    found: list[float] = browser.execute_script(script, layer)
    return found


@pytest.mark.parametrize("name", ["traced", "faulty", "untraced"])
def test_no_console_error_and_figures_have_content(
    browser: Any, name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Every view of the page draws something, and the browser has nothing to complain about."""
    page = opened(browser, request.getfixturevalue(name), tmp_path)
    assert [line for line in page.get_log("browser") if line["level"] in ("SEVERE", "WARNING")] == []
    heights = page.execute_script("return Array.from(document.querySelectorAll('.view')).map(v => v.offsetHeight)")
    assert len(heights) >= 5
    assert min(heights) > 200
    filled = page.execute_script(
        "return Bokeh.documents.map(d => d.roots().length && Array.from(d._all_models.values())"
        ".some(m => m.type === 'ColumnDataSource' && m.get_length() > 0))"
    )
    assert all(filled)


def test_slider_moves_the_heat_map(browser: Any, traced: Path, tmp_path: Path) -> None:
    """A press of the arrow key on the slider shows one tick in place of the batch, and the next press another one."""
    from selenium.webdriver.common.keys import Keys

    page = opened(browser, traced, tmp_path)
    whole = shown(page, "pes"), shown(page, "channels")
    slider = page.execute_script(
        FIND + "const view = Bokeh.index.find_one(named('tick')); return view.shadow_el.querySelector('.noUi-handle')"
    )
    seen = []
    for _ in range(3):
        slider.send_keys(Keys.ARROW_RIGHT)
        time.sleep(0.2)
        seen.append((shown(page, "pes"), shown(page, "channels")))
    assert page.execute_script(FIND + "return named('tick').value") == 2
    assert page.execute_script(FIND + "return named('said').text").startswith("tick 2: forward")
    assert len({str(state) for state in [whole, *seen]}) >= 3


def test_choices_change_what_is_shown(browser: Any, traced: Path, tmp_path: Path) -> None:
    """Another quantity and another part recolour the PEs; a part without ticks switches the slider off."""
    page = opened(browser, traced, tmp_path)
    states = [shown(page, "pes")]
    for name, value in (("quantity", "busy share"), ("part", "test"), ("part", "train, whole run")):
        page.execute_script(FIND + "named(arguments[0]).value = arguments[1]", name, value)
        states.append(shown(page, "pes"))
    assert len({str(state) for state in states}) == 4
    assert page.execute_script(FIND + "return named('tick').disabled")


def test_parts_with_other_ticks(browser: Any, traced: Path, tmp_path: Path) -> None:
    """A tick that the other part has not got shows nothing, a whole batch stays whole, and a part without ticks is whole."""
    page = opened(browser, traced, tmp_path)
    choose = FIND + "named(arguments[0])[arguments[1]] = arguments[2]"
    page.execute_script(choose, "tick", "value", 14)
    assert any(shown(page, "pes"))
    page.execute_script(choose, "part", "value", "test")
    assert not any(shown(page, "pes") + shown(page, "channels"))
    assert "none in this part" in page.execute_script(FIND + "return named('said').text")
    page.execute_script(choose, "part", "value", "train, whole run")
    assert any(shown(page, "pes"))
    page.execute_script(choose, "part", "value", "train")
    assert page.execute_script(FIND + "return named('mode').active") == 0
    assert [line for line in page.get_log("browser") if line["level"] == "SEVERE"] == []


def test_sample_chooser_changes_the_raster(browser: Any, traced: Path, tmp_path: Path) -> None:
    """Another sample has other spikes."""
    page = opened(browser, traced, tmp_path)
    script = FIND + "return Array.from(named('spikes').data_source.data.y)"
    first = page.execute_script(script)
    page.execute_script(FIND + "const c = named('sample'); c.value = c.options[1]")
    assert first
    assert page.execute_script(script) != first


def test_names_do_nothing_but_appear(browser: Any, untraced: Path, tmp_path: Path) -> None:
    """The page is drawn to its end whatever the names of groups hold, and none of them runs, also when the pointer shows it."""
    from selenium.webdriver.common.action_chains import ActionChains

    names = [*HOSTILE[:12], *(name for name in HOSTILE if "$" in name or "{safe}" in name)][:18]
    run = with_names(untraced, tmp_path / "<!--<script>", names)
    page = opened(browser, run, tmp_path)
    groups = page.execute_script(
        "return Bokeh.documents.flatMap(d => Array.from(d._all_models.values()))"
        ".filter(m => m.type === 'ColumnDataSource' && m.data.group).map(m => m.data.group[0])"
    )
    assert set(groups) == {label(name) for name in names}
    page.execute_script(
        "for (const d of Bokeh.documents) for (const m of d._all_models.values())"
        " if (m.type === 'Figure' && m.title.text.startsWith('SRAM')) m.y_range.end = 0.1  // bars fill the plot"
    )
    view, seen = page.find_element("css selector", "#sram .view"), ""
    for x in range(-560, 560, 16):
        ActionChains(page, duration=0).move_to_element_with_offset(view, x, 0).perform()
        seen += page.execute_script(
            "const text = node => node.nodeType === 3 ? node.data : node.nodeName === 'STYLE' ? '' :"
            "[...(node.shadowRoot?.childNodes ?? []), ...node.childNodes].map(text).join('');"
            "return [...document.querySelectorAll('body > *')].filter(e => !/SCRIPT|SECTION/.test(e.nodeName)).map(text).join('')"
        )
    assert "runs" in seen
    assert label(HOSTILE[0]) in seen
    assert page.execute_script("return window.hacked") is None
    assert [line for line in page.get_log("browser") if line["level"] in ("SEVERE", "WARNING")] == []
