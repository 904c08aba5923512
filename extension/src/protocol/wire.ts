// Reads messages that come from the server: what is not as the schema says is refused, by the name of its field.
import { ENUMS, FRAMES, type Frame, type Records, SHAPES } from "./messages";

export class WireError extends Error {}

/** A record from a plain object; unknown fields are passed over, so that a newer peer may add some. */
export function decode<Name extends keyof Records>(name: Name, value: unknown): Records[Name] {
  return record(name, value, name) as Records[Name];
}

/** A frame of the host's hop, told by its `type`. */
export function decodeFrame(value: unknown): Frame {
  const type = isMap(value) ? value.type : undefined;
  const name = typeof type === "string" ? FRAMES[type] : undefined;
  if (!name) throw new WireError(`There is no frame of type ${String(type)}.`);
  return { type, ...(record(name, value, name) as object) } as Frame;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function record(name: string, value: unknown, where: string): unknown {
  if (!isMap(value)) throw new WireError(`${where} is not a map.`);
  const result: Record<string, unknown> = {};
  for (const [field, kind] of Object.entries(SHAPES[name] ?? {})) {
    const found = field_(kind, value[field], `${where}.${field}`);
    if (found !== undefined) result[field] = found;
  }
  return result;
}

function field_(kind: string, value: unknown, where: string): unknown {
  if (kind.endsWith("?")) {
    return value === undefined || value === null
      ? undefined
      : field_(kind.slice(0, -1), value, where);
  }
  if (kind === "json") return value;
  if (kind.startsWith("[]") && Array.isArray(value)) {
    return value.map((item, i) => field_(kind.slice(2), item, `${where}[${i}]`));
  }
  if (kind.startsWith("{}") && isMap(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        field_(kind.slice(2), item, `${where}.${key}`),
      ]),
    );
  }
  if (kind in SHAPES) return record(kind, value, where);
  if (matches(kind, value)) return value;
  throw new WireError(`${where} is not of type ${kind}.`);
}

function matches(kind: string, value: unknown): boolean {
  if (kind in ENUMS) return typeof value === "string" && (ENUMS[kind] ?? []).includes(value);
  if (kind === "int") return Number.isInteger(value);
  if (kind === "float") return typeof value === "number";
  if (kind === "bool") return typeof value === "boolean";
  if (kind === "bytes") return typeof value === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
  return kind === "string" && typeof value === "string";
}
