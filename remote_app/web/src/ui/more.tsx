import { late } from "../parts";
import type { Session } from "../session/session";
import { moreShown } from "../store";
import { Coming } from "./coming";
import { Sheet } from "./sheet";

/** What is not needed all the time. */
export function MoreSheet({ session }: { readonly session: Session }) {
  const here = late.here.value;
  return (
    <Sheet name="more" title="room.more" shown={moreShown} opener="open-more">
      {here ? <here.MoreList session={session} /> : <Coming part={late} />}
    </Sheet>
  );
}
