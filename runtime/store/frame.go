package store

import (
	"fmt"
	"hash/crc32"
	"time"
)

// Limits of the log.
const (
	MaxFrameBytes      = 16 << 20 // operations of one frame, their heads included
	MaxFrameOperations = 1 << 12

	maxSequence = 1<<63 - 1
	// maxSegmentBytes bounds what is read as one segment; a log that keeps its
	// limit never comes near.
	maxSegmentBytes = 1 << 40

	frameHeadBytes     = 32
	sumBytes           = 4
	operationHeadBytes = 8
)

// Operation is something that changes a State. The store keeps its kind and its
// payload and does not look inside.
type Operation struct {
	Kind    uint16
	Payload []byte
}

// frameHead is the start of a frame.
type frameHead struct {
	bytes, operations uint32
	sequence          uint64 // of the first operation, or of the next if there is none
	time              int64  // Unix time, milliseconds
	previous          uint32 // sum of the frame before
}

// seals tells a frame without operations: the store was closed after it.
func (h *frameHead) seals() bool { return h.operations == 0 }

// next returns the sequence number of the first operation of the next frame.
func (h *frameHead) next() uint64 { return h.sequence + uint64(h.operations) }

// appendFrame appends a frame to b. sum is that of the segment's header.
func appendFrame(b []byte, sum uint32, h frameHead, ops []Operation) []byte {
	from := len(b)
	h.operations, h.bytes = uint32(len(ops)), uint32(operationsBytes(ops))
	b = le.AppendUint32(b, h.bytes)
	b = le.AppendUint32(b, h.operations)
	b = le.AppendUint64(b, h.sequence)
	b = le.AppendUint64(b, uint64(h.time))
	b = le.AppendUint32(b, h.previous)
	b = le.AppendUint32(b, crc32.Update(sum, castagnoli, b[from:]))
	for _, op := range ops {
		b = le.AppendUint16(b, op.Kind)
		b = le.AppendUint16(b, 0)
		b = le.AppendUint32(b, uint32(len(op.Payload)))
		b = append(b, op.Payload...)
	}
	return le.AppendUint32(b, crc32.Update(sum, castagnoli, b[from:]))
}

func operationsBytes(ops []Operation) (n int) {
	for _, op := range ops {
		n += operationHeadBytes + len(op.Payload)
	}
	return n
}

// checkOperations refuses operations that do not fit a frame.
func checkOperations(ops []Operation) error {
	switch n := operationsBytes(ops); {
	case len(ops) == 0 || len(ops) > MaxFrameOperations:
		return fmt.Errorf("%w: %d at once, want 1…%d", ErrOperation, len(ops), MaxFrameOperations)
	case n > MaxFrameBytes:
		return fmt.Errorf("%w: %d bytes, at most %d allowed at once", ErrOperation, n, MaxFrameBytes)
	}
	return nil
}

// parseFrameHead reads a frame's head if its sum is right.
func parseFrameHead(b []byte, sum uint32) (h frameHead, valid bool) {
	if crc32.Update(sum, castagnoli, b[:28]) != le.Uint32(b[28:]) {
		return h, false
	}
	return frameHead{le.Uint32(b), le.Uint32(b[4:]), le.Uint64(b[8:]), int64(le.Uint64(b[16:])), le.Uint32(b[24:])}, true
}

// checkFrameHead reports what a head with a right sum cannot say.
func checkFrameHead(h *frameHead) error {
	switch {
	case h.bytes > MaxFrameBytes:
		return fmt.Errorf("%w: a frame of %d bytes, at most %d allowed", ErrTooLarge, h.bytes, MaxFrameBytes)
	case h.operations > MaxFrameOperations:
		return fmt.Errorf("%w: a frame of %d operations, at most %d allowed", ErrTooLarge, h.operations, MaxFrameOperations)
	case h.bytes < operationHeadBytes*h.operations || h.operations == 0 && h.bytes > 0:
		return fmt.Errorf("%w: %d operations in %d bytes", ErrDamaged, h.operations, h.bytes)
	}
	return nil
}

// Entry is an operation in the log.
type Entry struct {
	Sequence uint64
	After    uint64    // the operation that it comes after: the one before, unless it is the first after a rollback
	Time     time.Time // to the millisecond, as the clock said
	Operation
	Undone bool // by a rollback
}

// splitFrame hands out the operations in a frame's body, which share its memory.
func splitFrame(h *frameHead, body []byte, each func(Entry) error) error {
	for i := range h.operations {
		if len(body) < operationHeadBytes {
			return fmt.Errorf("%w: operation %d ends early", ErrDamaged, h.sequence+uint64(i))
		}
		if reserved := le.Uint16(body[2:]); reserved != 0 {
			return fmt.Errorf("%w: operation %d has flags %#x", ErrVersion, h.sequence+uint64(i), reserved)
		}
		n := uint64(le.Uint32(body[4:]))
		kind, rest := le.Uint16(body), body[operationHeadBytes:]
		if uint64(len(rest)) < n {
			return fmt.Errorf("%w: operation %d ends early", ErrDamaged, h.sequence+uint64(i))
		}
		e := Entry{Sequence: h.sequence + uint64(i), After: h.sequence + uint64(i) - 1, Time: time.UnixMilli(h.time).UTC(), Operation: Operation{kind, rest[:n:n]}}
		if err := each(e); err != nil {
			return err
		}
		body = rest[n:]
	}
	if len(body) > 0 {
		return fmt.Errorf("%w: %d bytes behind the operations of a frame", ErrDamaged, len(body))
	}
	return nil
}
