// Whether what was just written here is with head office. As long as anything of
// this device is not, it may be this.
import { Mark } from "./icons";
import { useStanding } from "./shell";
import { t } from "./words";

export function OnlyHere() {
  const { data: standing } = useStanding();
  if (!standing?.unsent) return null;
  return (
    <span class="mk-txt">
      <Mark name="ring" />
      {t("only_here")}
    </span>
  );
}
