import { useLayoutEffect, useRef } from "preact/hooks";
import type { TextLine } from "../generated/wire";
import { logOf } from "../words/text";

const NEAR_END_PX = 48; // whoever reads further up is not pulled away

interface LogProps {
  readonly lines: readonly TextLine[];
  /** This screen's name among those that write. */
  readonly writer: string;
  readonly words: { readonly log: string; readonly you: string; readonly writing: string };
}

/** What has been written, and by whom; the newest is in sight. Not live: what is done is announced once, elsewhere. */
export function TextLog({ lines, writer, words }: LogProps) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const shown = logOf(lines, writer);
  useLayoutEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  });
  if (shown.length === 0) return null;
  return (
    <div
      class="text-log"
      role="region"
      aria-label={words.log}
      tabIndex={0}
      ref={box}
      onKeyDown={(event) => {
        if (event.key.startsWith("Arrow")) event.stopPropagation(); // they scroll here, and do not turn the head
      }}
      onScroll={({ currentTarget: it }) => {
        atEnd.current = it.scrollHeight - it.scrollTop - it.clientHeight < NEAR_END_PX;
      }}
    >
      <ol>
        {shown.map((line) => {
          const own = line.writer === writer;
          return (
            <li key={`${line.author} ${line.writer} ${line.entry}`} class={own ? "text-line own" : "text-line"}>
              <strong>{own ? words.you : line.name}</strong>
              {line.done ? null : <span class="text-writing"> {words.writing}</span>}
              <span class="text-words">{line.text}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
