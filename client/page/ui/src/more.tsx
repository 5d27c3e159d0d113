// What is not needed daily, and the two settings.
import { useState } from "preact/hooks";
import { Icon } from "./icons";
import { me, places } from "./schema";
import { Screen, team, useStanding } from "./shell";
import { chooseTheme, theme, type Theme } from "./theme";
import { Data, Section, Segment } from "./ui";
import { chooseLanguage, language, type Language, t, type Word } from "./words";

const roleWords: Record<string, Word> = {
  rep: "role_rep",
  manager: "role_manager",
  hq: "role_hq",
};

export function More() {
  const { data } = useStanding();
  const [, again] = useState(0);
  return (
    <Screen title={t("nav_settings")}>
      <nav class="card rows ph" aria-label={t("nav_more")}>
        <a class="row" href="#/sync">
          <Icon name="sync" />
          <div class="t">{t("nav_sync")}</div>
          <div class="e ink2">
            {data?.yours ? t("yours_n", { n: data.yours }) : ""}
          </div>
        </a>
        <a class="row" href="#/device">
          <Icon name="device" />
          <div class="t">{t("nav_devices")}</div>
        </a>
        {team().map((one) => (
          <a class="row" key={one.place} href={`#/${one.place}`}>
            <Icon name={one.icon} />
            <div class="t">{t(one.word)}</div>
            <div class="e ink2">
              {one.place === "quarantine" && data?.late ? data.late : ""}
            </div>
          </a>
        ))}
        <a class="row" href="#/search">
          <Icon name="search" />
          <div class="t">{t("search")}</div>
        </a>
      </nav>
      <Section title={t("this_device")}>
        <dl class="card rows facts">
          <div class="fact">
            <dt>{t("who_am_i")}</dt>
            <dd>
              <Data text={me()?.name || me()?.login || ""} />
            </dd>
          </div>
          {places
            .filter((place) => place.role)
            .map((place) => (
              <div class="fact" key={place.territory}>
                <dt>{t(roleWords[place.role] ?? "role_rep")}</dt>
                <dd>{place.territory}</dd>
              </div>
            ))}
        </dl>
        <p class="small ink2 under">{t("another_browser")}</p>
      </Section>
      <Section title={t("language")}>
        <Segment<Language>
          label={t("language")}
          value={language}
          options={[
            { value: "zh", label: "中文" },
            { value: "en", label: "English" },
          ]}
          onChange={(chosen) => {
            chooseLanguage(chosen);
            window.dispatchEvent(new Event("roadbook-language"));
          }}
        />
      </Section>
      <Section title={t("theme")}>
        <Segment<Theme>
          label={t("theme")}
          value={theme()}
          options={[
            { value: "auto", label: t("theme_auto") },
            { value: "light", label: t("theme_light") },
            { value: "dark", label: t("theme_dark") },
          ]}
          onChange={(chosen) => {
            chooseTheme(chosen);
            again((n) => n + 1);
          }}
        />
      </Section>
    </Screen>
  );
}
