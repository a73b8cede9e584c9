/** What all runners of one shop know, and nobody else. */
import { Context } from "effect"

/** 32 bytes: whoever shows that it knows them is a runner of this shop. */
export class ClusterSecret extends Context.Tag("@souk/actors/ClusterSecret")<
  ClusterSecret,
  Buffer
>() {}
