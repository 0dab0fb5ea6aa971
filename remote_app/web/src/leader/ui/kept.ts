import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Kept {
  readonly heading: RefObject<HTMLHeadingElement | null>;
  readonly section: RefObject<HTMLElement | null>;
  readonly onFocusIn: () => void;
  readonly onFocusOut: (event: FocusEvent) => void;
}

/** When what had the keyboard's focus is gone from a list, the list's heading has it: nobody begins at the top again.
 *  `items` names what is in the list. */
export function useFocusKept(items: string): Kept {
  const heading = useRef<HTMLHeadingElement>(null);
  const section = useRef<HTMLElement>(null);
  const inside = useRef(false);
  useLayoutEffect(() => {
    if (inside.current && document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, [items]);
  const onFocusOut = (event: FocusEvent): void => {
    const next = event.relatedTarget;
    if (next instanceof Node && !section.current?.contains(next)) inside.current = false;
  };
  return { heading, section, onFocusIn: () => void (inside.current = true), onFocusOut };
}
