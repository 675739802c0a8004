/** A worker thread of `deflating.ts`. */
import { runAsWorker } from "../flow/worker.ts";
import { createDeflater, type Piece } from "./deflater.ts";

runAsWorker<Piece, number>(createDeflater());
