"""What no checker of a document's words sees: what is cut off, what has the focus, what moves, what has no edge."""

from __future__ import annotations

from playwright.sync_api import Page

CUT = """() => {
  const cut = [];
  for (const el of document.querySelectorAll('main *')) {
    if (!el.getClientRects().length || el.closest('.stage, .sharp-stage, .ds-sr-only, .folds, svg')) continue;
    const {left, right} = el.getBoundingClientRect(), style = getComputedStyle(el);
    const hides = style.overflowX !== 'visible' && el.clientWidth > 0 && el.scrollWidth > el.clientWidth + 1;
    if (left < -0.5 || right > innerWidth + 0.5 || hides) cut.push(`${el.className}: ${el.innerText}`);
  }
  return cut;
}"""

LIGHT = """
  const ink = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const light = (...layers) => {
    ink.clearRect(0, 0, 1, 1);
    for (const css of layers) { ink.fillStyle = css; ink.fillRect(0, 0, 1, 1); }
    const [x, y, z] = [...ink.getImageData(0, 0, 1, 1).data].slice(0, 3)
      .map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const grounds = (el) => {
    const layers = [];
    for (let at = el; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
    return ['white', ...layers];
  };
"""

FAINT = f"""() => {{
  {LIGHT}
  const faint = [];
  for (const el of document.querySelectorAll('main :is(button, textarea, input, a.ds-button, .code-boxes span)')) {{
    if (!el.getClientRects().length || el.closest('.view, .arrows') || el.matches('.code input')) continue;
    const style = getComputedStyle(el), around = grounds(el.parentElement);
    const [edge, inside] = [light(...around, style.borderTopColor), light(...around, style.backgroundColor)];
    const best = Math.max(parseFloat(style.borderTopWidth) >= 1 ? ratio(edge, light(...around)) : 1,
      ratio(inside, light(...around)));
    const words = el.matches('[data-variant=tertiary], .faults *'); // a button that is its words alone
    if (best < 3 && !words) faint.push(`${{el.innerText}}: ${{best.toFixed(2)}}`);
  }}
  return faint;
}}"""

FOCUS = f"""() => {{
  {LIGHT}
  const el = document.activeElement;
  if (!el || el === document.body) return 'nothing has the focus';
  const marked = el.matches('.code input') ? document.querySelector('.code .next') : el;
  const style = getComputedStyle(marked), {{x, y, width, height}} = el.getBoundingClientRect();
  const wide = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
  if (wide < 2) return 'no frame';
  const around = grounds(marked.parentElement);
  const outside = ratio(light(...around, style.outlineColor), light(...around));
  const inside = ratio(light(style.outlineColor), light(...grounds(marked)));
  if (Math.max(outside, inside) < 3) return `a faint frame: ${{outside.toFixed(2)}}, ${{inside.toFixed(2)}}`;
  const top = document.elementFromPoint(x + width / 2, y + height / 2);
  return top && (el.contains(top) || top.contains(el)) ? '' : `behind ${{top?.className}}`;
}}"""

MOVES = """() => document.getAnimations().filter((one) => one.playState === 'running').map((one) => {
  const {iterations, duration} = one.effect.getTiming();
  return {name: one.animationName ?? one.transitionProperty, for_ever: iterations === Infinity, ms: Number(duration)};
})"""

# WCAG 2.2, 1.4.12: what a reader may set, and nothing may be lost by it.
SPACING = """() => {
  const sheet = new CSSStyleSheet();
  const spaced = 'line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important';
  sheet.replaceSync(`* { ${spaced} } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""


def cut_off(page: Page) -> list[str]:
    """What reaches beyond the screen's sides, or hides a part of itself there."""
    return list(page.evaluate(CUT))


def faint_edges(page: Page) -> list[str]:
    """Buttons and fields that neither their edge nor their ground sets off by 3:1 (WCAG 2.2, 1.4.11)."""
    return list(page.evaluate(FAINT))


def focus_unseen(page: Page) -> str:
    """Why somebody would not see what has the focus; empty when they do (WCAG 2.2, 2.4.7 and 2.4.11)."""
    return str(page.evaluate(FOCUS))


def flashes(page: Page) -> list[str]:
    """What goes on for ever and comes more than three times a second (WCAG 2.2, 2.3.1)."""
    return [one["name"] for one in page.evaluate(MOVES) if one["for_ever"] and one["ms"] < 1000 / 3]


def moving(page: Page) -> list[str]:
    """What moves by itself and does not stop."""
    return [one["name"] for one in page.evaluate(MOVES) if one["for_ever"]]
