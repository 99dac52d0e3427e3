// Compares values.

/** Whether both values are tables, or both are lists of the same length. */
const areAlike = (given, kept) =>
  [given, kept].every((value) => value !== null && typeof value === "object") &&
  Array.isArray(given) === Array.isArray(kept) &&
  (!Array.isArray(given) || given.length === kept.length);

/**
 * The paths of the values in `given` that `kept` does not contain, or contains with another value.
 * `mask` stands for any string.
 */
export function lostFields(given, kept, mask, path = []) {
  if (areAlike(given, kept))
    return Object.entries(given).flatMap(([key, value]) =>
      Object.hasOwn(kept, key)
        ? lostFields(value, kept[key], mask, [...path, key])
        : [[...path, key]],
    );
  if (typeof given === "string" && kept === mask) return [];
  return JSON.stringify(given) === JSON.stringify(kept) ? [] : [path];
}

/** A complaint about each lost field. */
export const lostComplaints = (given, kept, { section, mask } = {}) =>
  lostFields(given, kept, mask).map(
    (path) => `unknown field \`${[section, ...path].filter(Boolean).join(".")}\``,
  );

/** A complaint about each field of an entry that is not a known field. */
export const unknownComplaints = (entries, known) =>
  Object.entries(entries).flatMap(([name, entry]) =>
    Object.keys(entry)
      .filter((field) => !known.has(field))
      .map((field) => `unknown field \`${name}.${field}\``),
  );
