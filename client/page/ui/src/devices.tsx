// Who has what, and is it current?
import { Addresses } from "./addresses";
import { get } from "./api";
import { ago, daysBetween, dayOf, today } from "./format";
import { Icon, Mark } from "./icons";
import { Invite } from "./invitation";
import { useLive } from "./live";
import { me, userName } from "./schema";
import { Screen } from "./shell";
import { Data, ErrorNote, Section, Skeleton } from "./ui";
import { t } from "./words";

type Device = {
  device: string;
  user: string;
  name: string;
  revoked: boolean;
  last_sync: string | null;
  territories: string[]; // whose data its grants open to it
};

const OLD_DAYS = 3;

function isOld(device: Device): boolean {
  return (
    !!device.last_sync &&
    daysBetween(dayOf(new Date(device.last_sync)), today()) >= OLD_DAYS
  );
}

function Standing({ device, here }: { device: Device; here: boolean }) {
  if (device.revoked)
    return (
      <span class="st bad">
        <Mark name="stop" /> {t("revoked")}
      </span>
    );
  if (here) return <span class="st">{t("this_device")}</span>;
  if (!device.last_sync)
    return (
      <span class="st ink3">
        <Mark name="none" /> {t("never_met")}
      </span>
    );
  return (
    <span class={`st ${isOld(device) ? "warn" : ""}`}>
      <Mark name={isOld(device) ? "none" : "done"} /> {ago(device.last_sync)}
    </span>
  );
}

function Row({ device, here }: { device: Device; here: boolean }) {
  const name = device.name || (device.user === "hub" ? "" : device.device.slice(-6));
  return (
    <div class="peer">
      <span class="ink2">
        <Icon name={device.user === "hub" ? "hub" : "device"} />
      </span>
      <div>
        <div class="ph2">
          <b class="cut">
            <Data text={userName(device.user)} />
          </b>
          <span class="ink3 small cut">
            <Data text={name} />
          </span>
          <Standing device={device} here={here} />
        </div>
        {device.territories.length > 0 && (
          <div class="small ink2">
            {t("holds", { what: device.territories.join(t("list_comma")) })}
          </div>
        )}
      </div>
    </div>
  );
}

export function Devices() {
  const { data, problem, reload } = useLive("devices", async () => {
    const [devices, status] = await Promise.all([
      get<Device[]>("/api/device"),
      get<{ device: string }>("/api/status"),
    ]);
    return { devices: devices.body, here: status.body.device };
  });
  const used = data?.devices.filter((one) => !one.revoked) ?? [];
  const mine = used.filter((one) => one.user === me()?.login);
  const others = used.filter((one) => one.user !== me()?.login);
  const revoked = data?.devices.filter((one) => one.revoked) ?? [];
  const rows = (list: Device[]) => (
    <div class="card rows">
      {list.map((one) => (
        <Row key={one.device} device={one} here={one.device === data?.here} />
      ))}
    </div>
  );
  return (
    <Screen title={t("nav_devices")} sub={t("devices_sub")} back="#/more">
      {problem && (
        <ErrorNote title={t("not_read")} problem={problem} onRetry={reload} />
      )}
      {!data && !problem && <Skeleton />}
      {data && (
        <div class="main g21 inner">
          <div class="stack">
            <Section title={t("my_devices")} count={mine.length}>
              {rows(mine)}
              {mine.length === 1 && (
                <p class="small ink2 under">{t("devices_only_this")}</p>
              )}
            </Section>
            {others.length > 0 && (
              <Section title={t("other_devices")} count={others.length}>
                {rows(others)}
              </Section>
            )}
            {revoked.length > 0 && (
              <Section title={t("revoked_devices")} count={revoked.length}>
                {rows(revoked)}
              </Section>
            )}
            <p class="note">
              <Icon name="lock" />
              <span>{t("lost_device")}</span>
            </p>
          </div>
          <div class="stack">
            <Invite mine={mine} />
            <Addresses />
          </div>
        </div>
      )}
    </Screen>
  );
}
