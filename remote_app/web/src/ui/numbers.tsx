import { late } from "../parts";
import { numbersShown } from "../store";
import { Coming } from "./coming";
import { Sheet } from "./sheet";

/** The numbers behind the words, over the picture: for whoever helps over the telephone. */
export function NumbersSheet() {
  const here = late.here.value;
  return (
    <Sheet name="numbers" title="numbers.title" shown={numbersShown} opener="quality">
      {here ? <here.NumbersList /> : <Coming part={late} />}
    </Sheet>
  );
}
