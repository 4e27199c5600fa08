// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "tools/world/accounts.hpp"
#include "tools/world/options.hpp"
#include "tools/world/topic_writer.hpp"

namespace aisle::world {

/// Something the chain is told to do.
struct advice {
  enum class kind : std::uint8_t { order, price };
  advice::kind kind = kind::order;
  std::string store_id;  ///< of an order
  std::string sku;
  std::int64_t units = 0;
  money price;
  instant until;  ///< after this it is no longer meant
};

/// Somebody who is told all that happens, in the order of time, and says what to do about it.
class advisor {
 public:
  virtual ~advisor() = default;
  /// A record of one of `topic_names`.
  virtual void tell(std::string_view topic, const topic_record& record) = 0;
  /// Everything before `now` has been told. What is to be done, in the order it is to be done.
  virtual std::vector<advice> advise(instant now) = 0;
  /// Whether going on is of no use: the run ends where it is.
  virtual bool gave_up() const { return false; }
};

struct closed_loop_options {
  world_options world;
  /// Days the stores go by their own rules, while the advisor listens and is not obeyed. The
  /// books begin after them.
  int learn_days = 14;
  bool obey_orders = true;
  bool obey_prices = true;
  cost_rates rates;

  std::vector<world_error> validate() const;
};

/// What came of a run.
struct closed_loop_result {
  accounts books;
  std::uint64_t events = 0;
  std::uint64_t obeyed_orders = 0;
  std::uint64_t obeyed_prices = 0;
};

/// Runs the chain to the end of its days, an hour at a step, and obeys the advisor from the end of
/// the learning days on; without an advisor the stores keep to their own rules. Records come
/// without delay, damage or repeats. An order is placed at once, brings what it says in whole packs
/// after the true lead time, and is reported as an `ordered` move; a price holds from the next
/// midnight, and demand answers it by the true elasticity. Chains of the same options are wanted
/// the same of, whatever is decided, but for what a price changes. The same options and the same
/// advice give the same run.
std::expected<closed_loop_result, world_error> run_closed_loop(const closed_loop_options& options,
                                                               advisor* who);

}  // namespace aisle::world
