package continual

// Figures are the metrics of a stream at one moment, see the package comment. What
// needs more than one task is nil for one, and for pupils that see all tasks mixed.
type Figures struct {
	ACC        float64  `json:"acc"`
	BWT        *float64 `json:"bwt"`
	Forgetting *float64 `json:"forgetting"`
}

// figuresOf returns the metrics of final, the accuracy on every task in the end.
// rows[i][j] is that on task j after task i, as far as it was measured; without rows
// the tasks came mixed.
func figuresOf(rows [][]float64, final []float64) Figures {
	f := Figures{ACC: mean(final)}
	last := len(final) - 1
	if len(rows) == 0 || last == 0 {
		return f
	}
	var back, lost float64
	for j := range last {
		back += final[j] - rows[j][j]
		lost += best(rows[:last], j) - final[j]
	}
	back, lost = back/float64(last), lost/float64(last)
	f.BWT, f.Forgetting = &back, &lost
	return f
}

// best returns the largest accuracy on task j in any of the rows that have it.
func best(rows [][]float64, j int) (most float64) {
	for _, row := range rows {
		if j < len(row) {
			most = max(most, row[j])
		}
	}
	return most
}

// transfer returns FWT: how far above chance the next task is when it has not been
// learned yet; nil where that was not measured.
func transfer(rows [][]float64, chance float64) *float64 {
	var sum float64
	n := 0
	for i, row := range rows {
		if i+1 < len(row) {
			sum += row[i+1] - chance
			n++
		}
	}
	if n == 0 {
		return nil
	}
	sum /= float64(n)
	return &sum
}

func mean(list []float64) (sum float64) {
	for _, v := range list {
		sum += v
	}
	return sum / float64(max(len(list), 1))
}
