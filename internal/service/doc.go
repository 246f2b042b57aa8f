// Package service is a device at work: it predicts and learns at once.
//
// One goroutine, the worker, owns the learning store and does operations one after
// the other, from a queue with an end. What it has learned it publishes, as a copy of
// the model (Published) from which any number of predictions are computed: they never
// wait for learning. An operation is answered when it is on the medium, learned and
// published, so that whoever was told sees it.
//
// While nothing is to be done the worker sleeps, in parts, between any two of which it
// takes up what has come in meanwhile. What it does is told as Events.
//
// How it is spoken to, by HTTP or by messages, is not its concern.
package service
