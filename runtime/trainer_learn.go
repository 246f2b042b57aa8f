package runtime

// Learn learns one batch, the samples idx of data, at scale times the settings' rates.
func (t *Trainer) Learn(data Samples, idx []int, scale float64) (Report, error) {
	report, err := t.learn(data, idx, scale)
	t.batch++ // what is drawn for the next batch is drawn anew
	return report, err
}
