"""What a page looks like to somebody who measures it: targets, letters, contrast, overflow. All in CSS pixels."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

TARGETS = """() => [...document.querySelectorAll('button, a, textarea, input')].map((el) => {
  const {x, y, width, height} = el.getBoundingClientRect();
  const name = el.getAttribute('aria-label') || el.innerText.trim();
  const group = el.closest('.bar, .arrows')?.className || '';
  const over = el.closest('.sheet') !== null;  // lies over what is below it
  return {name, x, y, width, height, main: el.matches('.control, .big'), group, over};
}).filter((t) => t.width > 0)"""

LETTERS = """() => {
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  const small = [];
  while (walker.nextNode()) {
    const el = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || el.closest('.ds-sr-only')) continue;
    const px = parseFloat(getComputedStyle(el).fontSize);
    if (px < 21) small.push(`${walker.currentNode.data.trim()}: ${px}`);
  }
  return small;
}"""

CONTRAST = """() => {
  const ink = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const rgba = (css) => {
    ink.clearRect(0, 0, 1, 1);
    ink.fillStyle = css;
    ink.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = ink.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const ground = (el) => {
    const layers = [];
    for (let at = el; at; at = at.parentElement) {
      layers.push(rgba(getComputedStyle(at).backgroundColor));
      if (layers.at(-1)[3] === 1) break;
      if (at.matches('.view, .arrows')) { layers.push([255, 255, 255, 1]); break; } // the picture may be white
    }
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const poor = [];
  const look = (el, style, what) => {
    const under = ground(el), own = over(rgba(style.color), under);
    const [a, b] = [light(own), light(under)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 7) poor.push(`${what}: ${ratio.toFixed(2)}`);
  };
  for (const el of document.querySelectorAll('main *')) {
    if (el.placeholder) look(el, getComputedStyle(el, '::placeholder'), el.placeholder);
    const text = [...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if ((!text && !el.matches('.icon')) || el.closest('.ds-sr-only') || !el.getClientRects().length) continue;
    look(el, getComputedStyle(el), el.innerText || el.parentElement.className);
  }
  return poor;
}"""


NAMES = """() => {
  const shown = (el) => {
    const walker = document.createTreeWalker(el, NodeFilter.SHOW_TEXT);
    const words = [];
    while (walker.nextNode()) {
      const {data, parentElement: at} = walker.currentNode;
      if (!at.closest('[aria-hidden=true], .ds-sr-only') && at.getClientRects().length) words.push(data);
    }
    return words.join(' ');
  };
  const plain = (text) => text.toLowerCase().replace(/[^\\p{L}\\p{N}+]+/gu, ' ').trim();
  const wrong = [];
  for (const el of document.querySelectorAll('button, a, summary, input, textarea, select')) {
    if (!el.getClientRects().length) continue;
    const field = el.matches('input, textarea, select');
    const seen = field ? [...(el.labels ?? [])].map(shown).join(' ') : shown(el);
    const next = el.nextElementSibling;  // a button right beside the field names it too (WCAG's technique G167)
    const beside = next?.matches('button') ? shown(next) : '';
    const name = el.getAttribute('aria-label');
    if (name !== null && !plain(name).includes(plain(seen))) wrong.push(`${seen.trim()} is called ${name}`);
    if (field && !plain(seen + beside)) wrong.push(`no label is seen at ${name ?? el.outerHTML}`);
  }
  return wrong;
}"""


def wrong_names(page: Page) -> list[str]:
    """What is called other than what stands on it (WCAG 2.2, 2.5.3), and fields without a label to be seen (3.3.2)."""
    return list(page.evaluate(NAMES))


def small_targets(page: Page) -> list[str]:
    """Main buttons under 96 px, arrows under 72 (64 where four of 72 have no room), everything else under 56, and main
    ones nearer than 16 to each other."""
    targets: list[dict[str, Any]] = page.evaluate(TARGETS)
    arrow = 72 if page.evaluate("innerWidth") >= 360 else 64
    wrong = []
    for target in targets:
        least = 96 if target["main"] else arrow if "arrows" in target["group"] else 56
        if min(target["width"], target["height"]) < least - 0.5:
            wrong.append(f"{target['name']}: {target['width']:.0f} x {target['height']:.0f}")
    main = [target for target in targets if target["group"] or (target["main"] and not target["over"])]
    for i, one in enumerate(main):
        wrong += [f"{one['name']} | {other['name']}" for other in main[i + 1 :] if _gap(one, other) < 15.5]
    return wrong


def _gap(a: dict[str, Any], b: dict[str, Any]) -> float:
    across = max(b["x"] - a["x"] - a["width"], a["x"] - b["x"] - b["width"])
    down = max(b["y"] - a["y"] - a["height"], a["y"] - b["y"] - b["height"])
    return float(max(across, down))


def small_letters(page: Page) -> list[str]:
    """Texts under 21 px."""
    return list(page.evaluate(LETTERS))


def poor_contrast(page: Page) -> list[str]:
    """Texts and icons under 7:1; over the picture, against a white picture."""
    return list(page.evaluate(CONTRAST))


def overflow(page: Page) -> int:
    """How many pixels the page is too wide."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - innerWidth"))
