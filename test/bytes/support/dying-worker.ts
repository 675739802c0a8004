/** A thread that deflates two pieces, and ends in the middle of the third. */
import { runAsWorker } from "../../../src/bytes/flow/worker.ts";
import { createDeflater, type Piece } from "../../../src/bytes/gzip/deflater.ts";

const deflate = createDeflater();
let pieces = 0;
runAsWorker<Piece, number>((piece) => ++pieces > 2 ? process.exit(1) : deflate(piece));
