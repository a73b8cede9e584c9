/** The secret by which runners of one shop authenticate each other. */
import { Context } from "effect"

/** 32 bytes. A peer that proves knowledge of them is a runner of this shop. */
export class ClusterSecret extends Context.Tag("@souk/actors/ClusterSecret")<
  ClusterSecret,
  Buffer
>() {}
