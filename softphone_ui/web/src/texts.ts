// The texts a page's script says, in the language of the page: `{{ texts_for("desk") }}` puts them there.

const known: Record<string, string> = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");

/** Return a text with its values filled in; a text that is not there shows its name. */
export function text(key: string, values: Record<string, string | number> = {}): string {
  const words = known[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
