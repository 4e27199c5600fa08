// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/embedded_log.hpp"

#include "runtime/base/check.hpp"
#include "runtime/base/fault.hpp"
#include "runtime/control/record_codec.hpp"
#include "runtime/kv/crash_guard.hpp"
#include "runtime/kv/log_table.hpp"

namespace aisle::kv {
namespace {

/// Damage stays what it is; anything else may pass when the process starts anew.
std::unexpected<control::error> as_control(const error& what) {
  const auto code =
      what.code == errc::damaged ? control::errc::damaged : control::errc::unreachable;
  return base::fail(code, what.message);
}

}  // namespace

control::result<void> embedded_log::fence() {
  if (auto why = state_.broken(); !why.empty()) {
    return base::fail(control::errc::unreachable, std::move(why));
  }
  fence_ = state_.next_fence();
  return {};
}

std::expected<log_offset, control::append_failure> embedded_log::append(const control::record& what,
                                                                        log_offset after) {
  base::check(fence_ != 0, "a log is fenced before it is appended to");
  if (fence_ != state_.last_fence()) {
    trouble_ = {.code = errc::old_generation,
                .message = "another part of this process has taken the control log"};
    return std::unexpected{control::append_failure::fenced};
  }
  log_offset at;
  const auto written = state_.env().write([&](txn& in) { at = append_record(in, what, after); });
  base::pass_fault(base::fault_point::kv_record_appended);
  if (written) return at;
  trouble_ = written.error();
  return std::unexpected{written.error().code == errc::wrong_base
                             ? control::append_failure::fenced
                             : control::append_failure::unknown};
}

control::result<log_offset> embedded_log::end() {
  const auto end = state_.reading(
      [](const txn& in) { return in.row<log_row>(ledger_key::log()).value_or(log_row{}).next; });
  if (!end) return as_control(end.error());
  return *end;
}

control::result<std::vector<control::log_entry>> embedded_log::read(log_offset from,
                                                                    std::size_t count_max) {
  std::vector<control::log_entry> out;
  control::result<void> read;
  const auto looked = state_.reading([&](const txn& in) {
    auto at = in.cursor(table::control);
    const auto first = log_key(log_offset{std::max<std::int64_t>(from.get(), 0)});
    for (bool on = at.seek(first); on && out.size() < count_max; on = at.next()) {
      const auto bytes = at.key().size() == 8 ? unsealed(at.key(), at.value()) : std::nullopt;
      if (!bytes) in.damaged(table::control, at.key());
      const log_offset offset{static_cast<std::int64_t>(big_at<std::uint64_t>(at.key(), 0))};
      auto entry = control::decode(*bytes, offset);
      if (!entry) {
        read = std::unexpected{entry.error()};
        return;
      }
      out.push_back(std::move(*entry));
    }
  });
  if (!looked) return as_control(looked.error());
  if (!read) return std::unexpected{read.error()};
  return out;
}

}  // namespace aisle::kv
