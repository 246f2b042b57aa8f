// Package bench measures the whole: accuracy on public data, seconds of
// learning and predicting, and other libraries beside ours. It holds tests and
// benchmarks only, and nothing imports it.
package bench
