package main

import . "github.com/mmcloughlin/avo/build"

// stream is code that is not emitted yet.
type stream struct {
	comments []string
	code     []func()
}

// recording is where code goes, or nil for at once.
var recording *stream

func emit(code func()) {
	if recording == nil {
		code()
		return
	}
	recording.code = append(recording.code, code)
}

func comment(text string) {
	if recording == nil {
		Comment(text)
		return
	}
	recording.comments = append(recording.comments, text)
}

// interleave emits what the functions emit, independent of each other, in
// turns: a CPU looks only so far ahead for something to do while it waits for
// the last result of a long formula.
func interleave(functions ...func()) {
	streams := make([]stream, len(functions))
	for i, f := range functions {
		recording = &streams[i]
		f()
	}
	recording = nil
	Comment("these formulas, interleaved:")
	for _, s := range streams {
		if len(s.comments) > 0 {
			Comment(s.comments...)
		}
	}
	merge(streams)
}

// merge emits each stream's code at an even pace, so that all end together.
func merge(streams []stream) {
	done := make([]int, len(streams))
	for {
		next, least := -1, 1.0
		for i, s := range streams {
			if progress := float64(done[i]) / float64(len(s.code)); progress < least {
				next, least = i, progress
			}
		}
		if next < 0 {
			return
		}
		streams[next].code[done[next]]()
		done[next]++
	}
}
