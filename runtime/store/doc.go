// Package store keeps what a device has learned through power cuts: a folder
// with a ring of snapshots and a log of the operations since, which LOG.md
// describes byte by byte.
//
// A Store has one State, a runtime.Learner say, that operations change. Append
// writes an operation to the log, waits until it is on the medium and then
// applies it: once Append has returned without an error the operation is
// acknowledged, and no crash takes it back. Open reads the newest snapshot that
// is whole and applies the operations behind it again. As equal states and
// operations give equal states, that is the state which the crash ended.
//
// What a crash leaves unfinished, which has not been acknowledged, is cut off.
// Anything else that does not add up is damage: opening fails with an error that
// says what is wrong and where, nothing is deleted, and Rollback to an operation
// before the damage is the way out.
//
// One process writes to a store, and its Store belongs to one goroutine. Any
// number may read it meanwhile, with Read and Stat, which need no lock.
package store
