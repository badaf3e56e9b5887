//! The nodes that a streaming plan has beyond DataFusion: watermarks, state, epoch scans.
