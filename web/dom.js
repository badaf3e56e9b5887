/**
 * Making and changing elements. Text goes in as text: nothing in this page turns a string into markup, and the
 * server's policy forbids it to.
 */

/** @typedef {Node|string|null|undefined|false} Child */

/**
 * An element with attributes (`onclick` and the like are listeners) and children.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string|number|boolean|null|undefined|((event: any) => void)>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  append(element, children);
  return element;
}

/**
 * An SVG element.
 *
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string|number>} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  append(element, children);
  return element;
}

/** @param {Element} element @param {Child[]} children */
function append(element, children) {
  for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(child);
}

/**
 * The element with an id; the page's skeleton has it.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function $(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element #${id}`);
  return element;
}

/** @param {Node} node @param {string|number} value */
export function setText(node, value) {
  const text = String(value);
  if (node.textContent !== text) node.textContent = text;
}

/** @param {Element} element @param {string} name @param {string|null} value */
export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Makes the children of `parent` show `items` in order, keeping the element of each key.
 *
 * @template T
 * @template {Element} E
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string} key
 * @param {(item: T) => E} create
 * @param {(element: E, item: T) => void} [update]
 */
export function keyed(parent, items, key, create, update) {
  /** @type {Map<string, E>} */
  const known = children.get(parent) ?? new Map();
  /** @type {Map<string, E>} */
  const next = new Map();
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    if (next.has(name)) continue;
    const element = known.get(name) ?? create(item);
    known.delete(name);
    next.set(name, element);
    update?.(element, item);
    if (place === element) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const element of known.values()) element.remove();
  children.set(parent, next);
}

/** @type {WeakMap<Element, Map<string, any>>} */
const children = new WeakMap();

/**
 * A button that puts a text on the clipboard and says so.
 *
 * @param {() => string} text
 * @param {string} [label]
 */
export function copyButton(text, label = "Copy") {
  const button = h("button", { type: "button", class: "copy", onclick: () => copy(text(), button, label) }, label);
  return button;
}

/** @param {string} text @param {HTMLElement} place @param {string} after */
export async function copy(text, place, after) {
  try {
    await navigator.clipboard.writeText(text);
    setText(place, "Copied");
  } catch {
    setText(place, "Press Ctrl+C");
  }
  setTimeout(() => setText(place, after), 1500);
}
