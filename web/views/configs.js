/** Settings of a topic, a group or the broker: what is set stands before what nobody has set, and each says where from. */

import { $, h, keyed, setAttribute, setText } from "../dom.js";
import { count } from "../format.js";
import { mark } from "./cells.js";

/** @import {Config, Configs, Selection} from "../types.js" */

/** Kafka's names of the places that a value comes from, for a reader. @type {Record<string, [string, string]>} */
const SOURCES = {
  DYNAMIC_TOPIC_CONFIG: ["topic", "Set on the topic."],
  DYNAMIC_GROUP_CONFIG: ["group", "Set on the group."],
  DYNAMIC_BROKER_CONFIG: ["broker, running", "Set on this broker while it ran."],
  DYNAMIC_DEFAULT_BROKER_CONFIG: ["all brokers, running", "Set on all brokers while they ran."],
  STATIC_BROKER_CONFIG: ["start", "Set when the broker was started: a flag, --override, or server.properties."],
  DEFAULT_CONFIG: ["default", "Nobody has set it."],
};

let of = "";
/** @type {Configs|null} */
let shown = null;

/** Starts it. */
export function startConfigs() {
  $("configs-find").addEventListener("input", draw);
  $("configs-find").addEventListener("keydown", (event) => {
    if (event.key === "Escape" || event.key === "Enter") $("configs-find").blur();
  });
  $("configs-set").addEventListener("change", draw);
}

/** Begins with the settings of something else, in its place of the page. @param {Selection|null} selection */
export function openConfigs(selection) {
  const kind = selection?.kind ?? "";
  const name = ["topic", "group", "broker"].includes(kind) ? `${kind}/${kind === "broker" ? "" : selection?.ref}` : "";
  if (name === of) return;
  of = name;
  shown = null;
  /** @type {HTMLInputElement} */ ($("configs-find")).value = "";
  (kind === "broker" ? $("broker") : $("panel-configs")).append($("configs"));
  draw();
}

/** Takes them. @param {Configs} configs */
export function feedConfigs(configs) {
  if (`${configs.kind}/${configs.name}` !== of) return;
  shown = configs;
  draw();
}

/** @param {Config} config */
const isSet = ({ source }) => source !== "DEFAULT_CONFIG";

/** What stands in front, by who has set it. */
const ORDER = Object.keys(SOURCES);

/** What is set nearest to the thing first, what has no effect last. @param {Config} config */
const rank = (config) => (isSet(config) || config.has_effect ? ORDER.indexOf(config.source) : ORDER.length);

function draw() {
  const find = /** @type {HTMLInputElement} */ ($("configs-find")).value.toLowerCase();
  const only = /** @type {HTMLInputElement} */ ($("configs-set")).checked;
  const all = shown?.configs ?? [];
  const rows = all
    .filter((config) => (!only || isSet(config)) && (find === "" || `${config.name} ${config.value} ${config.documentation}`.toLowerCase().includes(find)))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  keyed($("configs-body"), rows, ({ name }) => name, create, update);
  setText($("configs-count"), shown === null ? "" : `${count(rows.length)} of ${count(all.length)}, ${count(all.filter(isSet).length)} set`);
  const empty = only && find === "" ? `Nobody has set any. Try: ${example()}` : "No setting has this text.";
  setText($("configs-empty"), shown === null ? "Asking for the settings …" : rows.length > 0 ? "" : empty);
}

/** A command that sets one. */
function example() {
  const [kind, name] = [shown?.kind ?? "topic", shown?.name ?? ""];
  const what = { topic: `--entity-type topics --entity-name ${name} --add-config retention.ms=60000`, group: `--entity-type groups --entity-name ${name} --add-config consumer.session.timeout.ms=50000`, broker: "--entity-type brokers --entity-default --add-config log.retention.ms=60000" }[kind];
  return `millstream kafka-configs --bootstrap-server localhost:9092 --alter ${what}`;
}

/** Of a password, the server tells only that there is one. @param {Config} config */
const told = (config) => config.value ?? (isSet(config) ? "(hidden)" : "null");

/** @param {Config} config */
const create = ({ name }) => h("tr", {}, h("td", { class: "config-name" }, name), h("td", { class: "config-value" }), h("td"), h("td", { class: "config-note" }));

/** @param {HTMLElement} row @param {Config} config */
function update(row, config) {
  const [, value, source, note] = row.children;
  if (!value || !source || !note) return;
  setText(value, told(config) || "(empty)");
  setAttribute(value, "title", config.value);
  const [word, why] = SOURCES[config.source] ?? [config.source, ""];
  const sign = mark(word, isSet(config) ? "ok" : "off", why);
  if (!source.firstChild?.isEqualNode(sign)) source.replaceChildren(sign);
  const beneath = config.beneath.filter(({ source }) => source !== "DEFAULT_CONFIG" || isSet(config));
  const before = beneath.length > 0 ? ` Instead of ${beneath.map((one) => `${one.name}=${one.value ?? "null"} (${SOURCES[one.source]?.[0] ?? one.source})`).join(", ")}.` : "";
  const restart = config.read_only ? " Changing it takes a restart." : "";
  setText(note, `${config.documentation ?? ""}${before}${config.has_effect ? restart : ""}`);
  setAttribute(row, "data-idle", config.has_effect ? null : "");
}
