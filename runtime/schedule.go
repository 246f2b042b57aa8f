package runtime

import "math"

// rateScale returns the schedule's factor for the next batch.
func (t *Trainer) rateScale(batches int) float64 {
	done := float64(t.epoch) + float64(t.batch)/float64(batches)
	return t.set.scaleAt(done)
}

// scaleAt returns the factor after done epochs.
func (s *Settings) scaleAt(done float64) float64 {
	all := float64(s.Epochs)
	switch {
	case s.Schedule == Constant:
		return 1
	case s.Schedule == Cosine || s.Epochs < 2*RestartAfter:
		return cosine(done / all)
	case done < RestartAfter:
		return cosine(done / RestartAfter)
	default:
		return cosine((done - RestartAfter) / (all - RestartAfter))
	}
}

// cosine falls from 1 to 0 along half a cosine while share goes from 0 to 1.
func cosine(share float64) float64 { return 0.5 + 0.5*math.Cos(math.Pi*share) }
