package runtime

// Session returns a session that predicts, reconstructs and imagines with the
// parameters being learned, on the trainer's threads and in its scratch memory,
// of which it takes hardly any more. It may be used between two batches, by the
// trainer's own goroutine; ask for it anew after a batch. Its results are valid
// until the next one. It needs no Close, and lasts as long as the trainer.
func (t *Trainer) Session() *Session {
	t.refresh()
	if t.fine != nil { // the session's model is one to save
		t.model.Int8.StoreLateral(t.params, t.model.Config.Group)
	}
	if t.session == nil {
		c := &t.model.Config
		t.session = newSession(&memory{}, t.circuit, t.s, sessionInputs(t.set.Batch, trainerRows(c, &t.set, t.set.Batch), len(c.Classes)))
		t.session.image, t.session.borrowed = t.g, true
		if t.g != nil {
			t.session.imageRoom = t.session.most
		}
		t.session.mixed = latentSamples(&t.set)
	}
	return t.session
}

// latentSamples returns how many latents of a class mixtures are fitted to.
func latentSamples(set *Settings) int {
	if set.LatentSamples > 0 {
		return set.LatentSamples
	}
	return maxLatentSamples
}

// sessionInputs returns how many inputs a trainer's session handles at once:
// as many as have room for all their labels.
func sessionInputs(inputs, rows, classes int) int { return min(inputs, rows/classes) }
