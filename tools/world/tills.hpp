// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tools/world/calendar.hpp"
#include "tools/world/random.hpp"

namespace aisle::world {

/// A time in which a till takes no ordinary customer.
struct reservation {
  std::uint16_t terminal;  ///< from 1
  instant from;
  instant until;
};

/// Where and when a customer is served.
struct served {
  std::uint16_t terminal;  ///< from 1
  instant at;
};

/// The tills of one store on one day. A till is busy 12 s and more per customer, so that it can
/// never reach ten honest sales in a minute.
class tills {
 public:
  /// `reserved` must outlive the object.
  tills(int count, std::span<const reservation> reserved);

  /// Serves a customer with `lines` lines who is ready at `ready`: at a random free till, else at
  /// the one that is free first. Customers must come in the order of time.
  served serve(random_stream& random, instant ready, int lines);

 private:
  /// When the till could serve somebody who is ready at `ready`.
  instant free_at(std::size_t till, instant ready) const;

  std::vector<instant> busy_until_;
  std::span<const reservation> reserved_;
};

}  // namespace aisle::world
