// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace aisle::world {

// The C library's exp and log differ in the last bit between versions and processors, and one such
// bit moves a draw, a basket, and then the whole file. These use only operations that IEEE 754
// fixes to the bit, so a world is the same everywhere.

/// The natural logarithm of a positive, normal number; relative error about 1e-15.
double natural_log(double x);

/// e to the power of x; relative error about 1e-15. 0 below -708, a very large number above 709.
double exponential(double x);

/// `base` (positive) to the power of `exponent`.
double power(double base, double exponent);

}  // namespace aisle::world
