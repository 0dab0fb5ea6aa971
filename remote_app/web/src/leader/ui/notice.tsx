import { notices } from "../store";
import { t } from "../words";

/** What was asked last and did not come to pass; a screen reader says it. */
export function NoticeLine({ robot }: { readonly robot: string }) {
  const note = notices.value.find((one) => one.robot === robot);
  return (
    <p class="notice" role="status">
      {note ? t(note.key) : ""}
    </p>
  );
}
