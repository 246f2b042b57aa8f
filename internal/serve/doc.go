// Package serve speaks HTTP for a service: its own API (openapi.json describes it), the
// Open Inference Protocol v2, metrics and the page.
//
// Whatever comes in is taken for hostile: bodies, images, rates and connections have
// limits, Host and Origin are checked (against DNS rebinding and forged requests), tokens
// are compared in constant time, and errors are problem details (RFC 9457) that say what
// is wrong and tell nothing else.
package serve
