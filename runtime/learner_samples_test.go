package runtime

import "github.com/pffedge/pffedge/runtime/replay"

var _ Samples = (*replay.Memory)(nil)
