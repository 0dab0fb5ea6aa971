import { useEffect } from "preact/hooks";
import type { LinkRefused } from "../generated/wire";
import { t } from "../i18n";
import { before } from "../parts";
import { Page } from "./page";
import { TryButton } from "./trybutton";

/** A link that is too early: when it opens, once the page for that is here; until then, that it is not open yet. */
export function Early({ refused }: { readonly refused: LinkRefused }) {
  useEffect(() => before.fetch(), []);
  const here = before.here.value;
  const { opens_at: at, opens_in_s: inS } = refused;
  if (here && at !== null && inS !== null) return <here.EarlyPage refused={refused} at={at} inS={inS} />;
  return (
    <Page icon="clock" title={t("link.not_yet.title")} working>
      <p>{t("link.not_yet.text")}</p>
      <TryButton />
    </Page>
  );
}
