// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/check.hpp"
#include "runtime/kv/log_table.hpp"
#include "runtime/kv/node_state.hpp"

namespace aisle::kv {

result<generation> node_state::begin_life(const new_life& as) {
  generation begins;
  const auto written = env_->write([&](txn& in) {
    auto identity = in.row<identity_row>(ledger_key::identity());
    base::check(identity.has_value(), "an open state has an id");
    identity->kv = as.id;
    in.put_row(ledger_key::identity(), *identity);

    const auto log = in.row<log_row>(ledger_key::log()).value_or(log_row{});
    begin_log_at(in, log_offset{log.next.get() + static_cast<std::int64_t>(as.skip)});
    const auto named = append_record(in, as.log, control::before_the_log);
    const auto ordered = append_record(in, as.order, named);
    begins = control::generation_at(ordered);

    auto progress = in.row<progress_row>(ledger_key::progress()).value_or(progress_row{});
    progress.log = as.log.log;
    in.put_row(ledger_key::progress(), progress);
  });
  if (!written) return std::unexpected{written.error()};
  id_ = as.id;
  return begins;
}

}  // namespace aisle::kv
