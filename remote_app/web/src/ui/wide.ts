import { signal } from "@preact/signals";
import { draft, writing } from "../store";
import { BROAD, ROOMY, staysWide } from "../view/wide";

const broad = matchMedia(BROAD);
const roomy = matchMedia(ROOMY);

export const wide = signal(roomy.matches);

/** A tablet that is turned takes along what somebody is writing, and where they write. */
function turned(): void {
  const writes = document.activeElement instanceof HTMLTextAreaElement;
  const next = staysWide({ roomy: roomy.matches, broad: broad.matches }, wide.value, writes);
  if (next === wide.value) return;
  writing.value = writes || (!next && draft.value.trim() !== "");
  wide.value = next;
}

for (const query of [broad, roomy]) query.addEventListener("change", turned);
