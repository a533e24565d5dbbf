"""The page in a real browser, opened once for all tests."""

import argparse
import re
import shutil
from pathlib import Path

import pytest
from support.results import (
    make_result,
    write_board,
    write_images,
    write_labels,
    write_result,
)

from refinenet_mmseg.leaderboard import (
    add_leaderboard_arguments,
    run_leaderboard,
)

PUBLISHED = Path(__file__).parents[2] / 'results' / 'published.json'
BROWSERS = ('chromium', 'chromium-browser', 'google-chrome')
# Never to be run, wherever a result file may put it.
ATTACK = '</script><script>hacked = 1</script><img src=x onerror="hacked = 1">'
# No sandbox for root, and no calls home.
OPTIONS = (
    *('--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'),
    *('--disable-background-networking', '--disable-component-update'),
)
PATIENCE = 120_000  # milliseconds, on a machine with much else to do
DESKTOP = {'width': 1280, 'height': 900}
PHONE = {'width': 390, 'height': 844}
RANKED = ['RefineNet', 'FCN', 'Light-weight RefineNet', 'PSPNet', 'Other']


@pytest.fixture(scope='module')
def page_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp('page')
    results = write_board(folder / 'results')
    # Last of all, with no cost, and the only one with another backbone.
    low = dict(mIoU=9.0, mAcc=10.0, aAcc=50.0)
    write_result(
        results / 'other',
        head='OtherHead',
        name='other',
        backbone='MobileNet',
        cost=None,
        metrics=low,
    )
    # In a ranking of its own, with a name that attacks in every place.
    write_result(
        results / 'attack',
        head=ATTACK,
        name=ATTACK,
        backbone=ATTACK,
        initialisation=ATTACK,
        command=ATTACK,
        classes=['sky', 'road', ATTACK],
        per_class_iou={'sky': 90.0, 'road': 50.0, ATTACK: 1.0},
    )
    # PSPNet is measured on the same, but in another precision.
    psp = make_result('PSPHead')['cost'] | {'dtype': 'bf16'}
    for seed in range(2):
        path = results / 'PSPHead' / str(seed)
        write_result(path, head='PSPHead', seed=seed, cost=psp)
    arguments = [
        *(results, '--out', folder, '--published', PUBLISHED),
        *('--images', write_images(folder / 'images')),
        *('--labels', write_labels(folder / 'truth')),
    ]
    parser = argparse.ArgumentParser()
    add_leaderboard_arguments(parser)
    run_leaderboard(parser.parse_args(list(map(str, arguments))))
    return folder / 'leaderboard.html'


@pytest.fixture(scope='module')
def browser():
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip('needs Chromium')
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=list(OPTIONS), timeout=PATIENCE
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope='module')
def opened(browser, page_file):
    """Open the page; record its requests and error messages."""
    page = browser.new_page(viewport=DESKTOP)
    page.set_default_timeout(15_000)
    page.set_default_navigation_timeout(PATIENCE)
    requests, complaints = [], []
    page.on('request', lambda request: requests.append(request.url))
    page.on('console', lambda message: complaints.append(message.text))
    page.on('pageerror', lambda error: complaints.append(str(error)))
    page.goto(page_file.as_uri())
    return page, requests, complaints


@pytest.fixture
def page(opened):
    opened[0].set_viewport_size(DESKTOP)
    return opened[0]


@pytest.fixture(scope='module')
def expect(browser):
    """Playwright's, imported where there is a browser."""
    from playwright.sync_api import expect

    return expect


@pytest.fixture
def ranking(page):
    return page.locator('.ranking', has_text='this package')


def order(ranking):
    return ranking.locator('.board tbody tr:visible .model').evaluate_all(
        "models => models.map(m => m.textContent.replace('this package', '')"
        '.trim())'
    )


def scroll_through(page):
    """Bring every figure near the screen, so that it is drawn."""
    for plot in page.locator('.plot').all():
        plot.scroll_into_view_if_needed()
    page.wait_for_function(
        "[...document.querySelectorAll('.plot')].every("
        "plot => plot.classList.contains('js-plotly-plot'))"
    )


def test_ranks_before_any_click(ranking):
    assert order(ranking) == RANKED
    assert (
        ranking.locator('.summary')
        .inner_text()
        .startswith('RefineNet has the highest mIoU')
    )


def test_sorts_by_mouse_and_keyboard(page, ranking):
    def heading(key):
        return ranking.locator(f'.board th[data-key={key}]')

    # First to the better end, then back; what is unknown stays last.
    heading('latency').get_by_role('button').click()
    rising = ['Light-weight RefineNet', 'FCN', 'PSPNet', 'RefineNet', 'Other']
    assert order(ranking) == rising
    assert heading('latency').get_attribute('aria-sort') == 'ascending'
    assert heading('rank').get_attribute('aria-sort') == 'none'
    heading('latency').get_by_role('button').focus()
    page.keyboard.press('Enter')
    assert order(ranking) == [*rising[3::-1], 'Other']
    assert heading('latency').get_attribute('aria-sort') == 'descending'
    page.keyboard.press('Tab')
    page.keyboard.press('Space')  # the next heading: words, not numbers
    assert heading('conditions').get_attribute('aria-sort') == 'ascending'
    assert order(ranking)[0] == 'PSPNet'
    heading('miou').get_by_role('button').click()
    assert heading('miou').get_attribute('aria-sort') == 'descending'
    heading('rank').get_by_role('button').click()
    assert order(ranking) == RANKED


def test_filters_by_words_and_backbone(ranking):
    find = ranking.get_by_role('searchbox')
    count = ranking.get_by_role('status')
    find.fill('refinenet light')
    assert order(ranking) == ['Light-weight RefineNet']
    assert count.inner_text() == '1 of 5 shown'
    find.fill('no such thing')
    assert order(ranking) == []
    assert ranking.locator('.nothing').is_visible()
    find.fill('')
    backbone = ranking.locator('.choose-backbone')
    backbone.select_option('MobileNet')
    assert order(ranking) == ['Other']
    backbone.select_option('')
    assert order(ranking) == RANKED
    assert not ranking.locator('.nothing').is_visible()


def test_hovering_shows_the_numbers(page, ranking):
    scroll_through(page)
    for key, expected in (
        ('latency', 'RefineNet.*mIoU 55.2 ± 0.4.*20.0 ms.*CPU, fp32, 36x48'),
        ('boundary', 'RefineNet.*within 1 px: 30.2 ± 0.4'),
    ):
        plot = ranking.locator(f'.plot[id$="-{key}"]')
        plot.scroll_into_view_if_needed()
        plot.locator('.points path').first.hover(force=True)
        text = plot.locator('.hoverlayer .hovertext')
        text.wait_for()
        assert re.search(expected, text.text_content())


def test_hovering_over_a_class_shows_its_score(page, ranking):
    scroll_through(page)
    plot = ranking.locator('.plot[id$="-classes"]')
    plot.scroll_into_view_if_needed()
    area = plot.locator('.nsewdrag').bounding_box()
    # The middle of the first row and the second of three columns.
    page.mouse.move(
        area['x'] + area['width'] / 2, area['y'] + area['height'] / 10
    )
    text = plot.locator('.hoverlayer .hovertext')
    text.wait_for()
    assert 'road: 55.2 ± 0.4' in text.text_content()


def test_the_key_hides_a_network_in_the_figures(page, ranking, expect):
    scroll_through(page)
    plot = ranking.locator('.plot[id$="-boundary"]')
    traces = plot.locator('.scatterlayer .trace')
    before = traces.count()
    button = ranking.get_by_role('button', name='PSPNet', exact=True)
    button.click()
    assert button.get_attribute('aria-pressed') == 'false'
    expect(traces).to_have_count(before - 1)
    button.click()
    expect(traces).to_have_count(before)


def test_the_slider_divides_two_layers(page, ranking):
    slider = ranking.get_by_role('slider')
    right = ranking.locator('.right-layer')

    def clip():
        return right.evaluate('image => getComputedStyle(image).clipPath')

    slider.scroll_into_view_if_needed()
    assert clip() == 'inset(0px 0px 0px 50%)'
    slider.focus()
    page.keyboard.press('End')
    assert clip() == 'inset(0px 0px 0px 100%)'
    box = slider.bounding_box()
    page.mouse.click(box['x'] + box['width'] / 4, box['y'] + box['height'] / 2)
    share = float(re.search(r'([\d.]+)%', clip())[1])
    assert 20 < share < 30
    assert 'Image, the rest RefineNet: prediction' in slider.get_attribute(
        'aria-valuetext'
    )


def test_pictures_and_layers_can_be_chosen(ranking):
    def source(image):
        return ranking.locator(image).get_attribute('src')

    layer = ranking.locator('.picture >> nth=1').locator(
        '[data-layer="PSPNet: errors"]'
    )
    ranking.locator('.choose-right').select_option('PSPNet: errors')
    first = source('.right-layer')
    ranking.locator('.chooser button >> nth=1').click()
    assert ranking.locator('.picture:visible h4').inner_text() == 'b'
    # The same layers, of the other picture.
    assert source('.right-layer') == layer.get_attribute('src')
    assert first.startswith('data:image/png')
    assert source('.left-layer').startswith('data:image/webp')
    assert 'Brostow, Fauqueur, Cipolla' in ranking.inner_text()


def test_published_numbers_are_marked_and_apart(page):
    published = page.locator('#published')
    assert published.locator('.tag', has_text='published').count() == 8
    assert published.locator('.board').count() == 0
    link = published.get_by_role('link').first
    assert link.get_attribute('href').startswith('https://arxiv.org/')


def test_every_control_and_picture_has_a_name(page):
    nameless = page.evaluate(
        """() => {
          const named = (e) => e.ariaLabel || e.title || e.textContent.trim()
            || (e.labels && [...e.labels].some(l => l.textContent.trim()));
          const controls = document.querySelectorAll(
            'button, input, select, [role=img], [role=region], nav');
          const pictures = document.querySelectorAll('.picture img');
          return [...controls].filter(e => !named(e)).length
            + [...pictures].filter(e => !e.alt).length;
        }"""
    )
    assert nameless == 0
    for landmark in ('banner', 'main', 'contentinfo', 'navigation'):
        assert page.get_by_role(landmark).count() == 1
    assert page.locator('h1').count() == 1


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_text_has_enough_contrast(page, scheme):
    """At least 4.5:1, against both grounds that text stands on."""
    page.emulate_media(color_scheme=scheme)
    for text in ('--text', '--muted', '--accent'):
        for ground in ('--ground', '--card', '--tint'):
            first, second = (
                luminance(
                    page.evaluate(
                        'name => getComputedStyle(document.documentElement)'
                        '.getPropertyValue(name)',
                        name,
                    )
                )
                for name in (text, ground)
            )
            light, dark = max(first, second), min(first, second)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def luminance(color):
    """Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    shares = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_figures_follow_the_color_scheme(page, ranking, expect):
    scroll_through(page)
    plot = ranking.locator('.plot[id$="-latency"] .xtitle')
    for scheme, color in (
        ('light', 'rgb(85, 98, 111)'),
        ('dark', 'rgb(163, 176, 189)'),
    ):
        page.emulate_media(color_scheme=scheme)
        expect(plot).to_have_css('fill', color)


def test_fits_a_phone_without_scrolling_sideways(page, ranking):
    page.set_viewport_size(PHONE)
    scroll_through(page)
    page.wait_for_function('document.documentElement.scrollWidth == 390')
    # The table scrolls in its own place, the names stay.
    scroller = ranking.locator('.scroll').first
    assert scroller.evaluate('e => e.scrollWidth > e.clientWidth')
    name = ranking.locator('.board tbody th').first
    scroller.evaluate('e => { e.scrollLeft = 300 }')
    left = scroller.bounding_box()['x']
    assert name.bounding_box()['x'] == pytest.approx(left, abs=1)
    page.wait_for_function(
        "[...document.querySelectorAll('figure:not(.wide) .main-svg')].every("
        'svg => svg.getBoundingClientRect().width < 390)'
    )


def test_names_of_result_files_are_text(page):
    scroll_through(page)
    assert page.evaluate('typeof hacked') == 'undefined'
    assert page.locator('img[src=x]').count() == 0
    model = page.locator('.board tbody th .model').all_text_contents()
    assert any('<script>hacked = 1</script>' in text for text in model)


def test_makes_no_requests_and_logs_no_errors(opened, page_file):
    page, requests, complaints = opened
    scroll_through(page)
    assert complaints == []
    others = [url for url in requests if not url.startswith('data:')]
    assert others == [page_file.as_uri()]
