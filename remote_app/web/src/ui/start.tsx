import { t } from "../i18n";
import { before } from "../parts";
import { Coming } from "./coming";
import { Page } from "./page";

/** The page of somebody who came without a link. */
export function Start() {
  const here = before.here.value;
  if (here) return <here.CodePage />;
  return (
    <Page icon="robot" title={t("title.plain")} working>
      <Coming part={before} />
    </Page>
  );
}
