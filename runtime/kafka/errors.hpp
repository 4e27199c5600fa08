// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/result.hpp"
#include "runtime/io/errors.hpp"

namespace aisle::kafka {

/// What can go wrong with Kafka. The message of an error says what, where, and what to do.
enum class errc : std::uint8_t {
  /// A setting that is unknown, has a value that cannot be, or would break what is promised.
  bad_setting,
  /// No broker answers: nobody listens, the name does not resolve, the network is cut. May pass.
  unreachable,
  /// The broker refuses the user or the password.
  refused_login,
  /// The broker's certificate, or ours, is not trusted; or one side speaks TLS and the other not.
  not_trusted,
  /// Logged in, but not allowed to do this (ACL).
  not_allowed,
  /// There is no such topic, partition or group.
  not_found,
  /// The topic is there already.
  exists,
  /// An offset that retention has removed, or that nobody has written yet.
  out_of_range,
  /// The topic is not the one it was: deleted, made anew, truncated, or with fewer partitions.
  changed,
  /// Bytes that are not what they were written as.
  corrupt,
  /// A record above a bound of the client, the broker or the topic.
  too_large,
  /// No answer in time: it may have happened or not. May pass.
  timed_out,
  /// A later producer or member of the same id has taken over. Fatal to whoever hears it.
  fenced,
  /// The client is of no use any more: destroy it and make a new one.
  fatal,
  /// Anything else the broker or the client refuses.
  failed,
};

using error = base::error<errc>;

template <class Value>
using result = base::result<Value, errc>;

/// The code's name, as logs and metrics have it: `bad_setting` …
[[nodiscard]] std::string_view to_text(errc code);

/// The class of one of librdkafka's codes (an rd_kafka_resp_err_t).
[[nodiscard]] errc code_of(int librdkafka_code);

/// `{doing}: {librdkafka's words}.` with the class of the code: for whatever has no better
/// sentence.
[[nodiscard]] error failure(std::string_view doing, int librdkafka_code,
                            std::string_view detail = {});

/// The same, of a call that asks for offsets of partitions that are there. That it does not know
/// the partition, or does not understand the answer, librdkafka 2.0.2 says while a broker comes or
/// goes: `unreachable`.
[[nodiscard]] error offsets_failure(std::string_view doing, int librdkafka_code);

/// True when the same call may succeed later with nothing changed by anybody here.
[[nodiscard]] constexpr bool may_pass(errc code) {
  return code == errc::unreachable || code == errc::timed_out;
}

/// The same error in the words of sources and sinks.
[[nodiscard]] io::error as_io_error(const error& from);

}  // namespace aisle::kafka
