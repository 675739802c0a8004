/** The type that has all of several types. */

/** The intersection of a union's members. */
export type IntersectionOf<Union> = (Union extends unknown ? (one: Union) => void : never) extends
  (all: infer Each) => void ? Each : never;
