// Package ridge is a second opinion that forgets nothing by itself and everything
// on demand: ridge regression from fixed random features to labels.
package ridge
