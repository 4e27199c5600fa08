// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/http_get.hpp"

#include <array>

#include <fmt/core.h>

#include "runtime/io/curl_handle.hpp"

namespace aisle::io {
namespace {

struct taken_body {
  std::size_t bytes_max = 0;
  std::string bytes;
};

std::size_t take_body(const char* bytes, std::size_t one, std::size_t count, void* of) {
  auto& to = *static_cast<taken_body*>(of);
  const auto size = one * count;
  if (to.bytes.size() + size > to.bytes_max) {
    return 0;
  }
  to.bytes.append(bytes, size);
  return size;
}

/// Headers are counted with the body's bound, and not kept.
std::size_t count_header(const char* /*bytes*/, std::size_t one, std::size_t count, void* of) {
  auto& left = *static_cast<std::size_t*>(of);
  const auto size = one * count;
  if (size > left) {
    return 0;
  }
  left -= size;
  return size;
}

class curl_getter final : public http_getter {
 public:
  explicit curl_getter(http_settings settings) : settings_{std::move(settings)} {
    set_house_rules(curl_);
    const auto milliseconds = static_cast<long>(settings_.timeout.count());
    set_option(curl_, CURLOPT_TIMEOUT_MS, milliseconds);
    set_option(curl_, CURLOPT_CONNECTTIMEOUT_MS, milliseconds);
    set_option(curl_, CURLOPT_ERRORBUFFER, trouble_.data());
    set_option(curl_, CURLOPT_WRITEFUNCTION, take_body);
    set_option(curl_, CURLOPT_HEADERFUNCTION, count_header);
    if (settings_.ca_file) {
      set_option(curl_, CURLOPT_CAINFO, settings_.ca_file->c_str());
    }
    if (!settings_.user.empty()) {
      set_option(curl_, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
      set_option(curl_, CURLOPT_USERNAME, settings_.user.c_str());
      set_option(curl_, CURLOPT_PASSWORD, settings_.password.c_str());
    }
  }

  http_answer get(const std::string& path, const std::string& accept) override {
    const auto url = settings_.url + path;
    const header_list headers{curl_slist_append(nullptr, ("Accept: " + accept).c_str())};
    taken_body body{.bytes_max = settings_.answer_bytes_max, .bytes = {}};
    auto header_bytes = settings_.answer_bytes_max;
    trouble_.front() = '\0';
    set_option(curl_, CURLOPT_URL, url.c_str());
    set_option(curl_, CURLOPT_HTTPHEADER, headers.get());
    set_option(curl_, CURLOPT_WRITEDATA, &body);
    set_option(curl_, CURLOPT_HEADERDATA, &header_bytes);
    const auto ended = curl_easy_perform(curl_.get());
    if (ended != CURLE_OK) {
      return {.status = 0, .body = {}, .trouble = trouble_of(ended)};
    }
    long status = 0;
    base::check(curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status) == CURLE_OK,
                "libcurl knows what it is asked for");
    return {.status = static_cast<int>(status), .body = std::move(body.bytes), .trouble = {}};
  }

 private:
  [[nodiscard]] std::string trouble_of(CURLcode ended) const {
    if (ended == CURLE_WRITE_ERROR) {
      return fmt::format("its answer is longer than {} bytes", settings_.answer_bytes_max);
    }
    std::string words = trouble_.front() != '\0' ? trouble_.data() : curl_easy_strerror(ended);
    if (ended == CURLE_PEER_FAILED_VERIFICATION) {
      return fmt::format(
          "its certificate is not trusted ({}): `ca_file` names the authority that signed it, "
          "without it those of the system are trusted, and the host must be one it stands for",
          words);
    }
    if (ended == CURLE_SSL_CACERT_BADFILE && settings_.ca_file) {
      return fmt::format("the certificates to be trusted cannot be read from {} ({})",
                         settings_.ca_file->string(), words);
    }
    return words;
  }

  http_settings settings_;
  std::array<char, CURL_ERROR_SIZE> trouble_{};
  easy_handle curl_ = make_easy_handle();
};

}  // namespace

std::unique_ptr<http_getter> make_getter(http_settings settings) {
  return std::make_unique<curl_getter>(std::move(settings));
}

}  // namespace aisle::io
