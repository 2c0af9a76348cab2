//! Reads a whole request body, as long as it is not too long.

use std::error::Error;

use axum::body::Bytes;
use http_body_util::BodyExt;
use hyper::body::Body;

/// Why there is no body.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is longer than allowed: 413.
    #[error("the body is longer than {limit_bytes} bytes")]
    TooLarge {
        /// What is allowed.
        limit_bytes: usize,
    },
    /// It broke off, or its chunks are not well formed: 400.
    #[error("the body did not arrive in one piece")]
    Incomplete(#[source] Box<dyn Error + Send + Sync>),
}

/// Reads the whole body.
///
/// A length announced over the limit is refused before any of it is read. No time limit is needed here: the connection
/// answers 408 and drops the handler when the request takes too long.
///
/// # Errors
/// The body is longer than `limit_bytes`, or it breaks off.
pub async fn read_body<B>(mut body: B, limit_bytes: usize) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
{
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit_bytes {
        return Err(BodyError::TooLarge { limit_bytes });
    }
    let Some(first) = next_data(&mut body).await? else {
        return Ok(Bytes::new());
    };
    if body.is_end_stream() && first.len() <= limit_bytes {
        // The usual case: all of it came with the head, and nothing is copied.
        return Ok(first);
    }
    let mut whole = Vec::with_capacity(announced.max(first.len()));
    let mut next = Some(first);
    while let Some(data) = next {
        if data.len() > limit_bytes - whole.len() {
            return Err(BodyError::TooLarge { limit_bytes });
        }
        whole.extend_from_slice(&data);
        next = next_data(&mut body).await?;
    }
    Ok(whole.into())
}

/// Reads a body that nobody wants, so that the connection can serve another request.
///
/// False if it is longer than allowed or does not come whole: then the answer has to close the connection and to say
/// so. A proxy would send the next request on it otherwise, perhaps the platform's, and lose it.
pub async fn forget_body<B>(body: &mut B, limit_bytes: usize) -> bool
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
{
    let mut left = limit_bytes;
    if usize::try_from(body.size_hint().lower()).map_or(true, |announced| announced > left) {
        return false;
    }
    loop {
        match next_data(body).await {
            Ok(None) => return true,
            Ok(Some(data)) if data.len() <= left => left -= data.len(),
            Ok(Some(_)) | Err(_) => return false,
        }
    }
}

/// The next piece of the body; trailers are passed over.
async fn next_data<B>(body: &mut B) -> Result<Option<Bytes>, BodyError>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
{
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| BodyError::Incomplete(error.into()))?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http_body_util::{Full, combinators::BoxBody};

    #[tokio::test]
    async fn a_body_up_to_the_limit_is_read() {
        assert_eq!(read_body(Body::from("12345"), 5).await.unwrap(), "12345");
        assert_eq!(read_body(Body::empty(), 0).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused() {
        let refusal = read_body(Body::from("123456"), 5).await.unwrap_err();
        assert_eq!(refusal.to_string(), "the body is longer than 5 bytes");
    }

    #[tokio::test]
    async fn a_body_that_nobody_wants_is_read_up_to_the_limit() {
        assert!(forget_body(&mut Body::from("12345"), 5).await);
        assert!(forget_body(&mut Body::empty(), 0).await);
        assert!(!forget_body(&mut Body::from("123456"), 5).await);
    }

    #[tokio::test]
    async fn a_body_of_unknown_length_is_counted() {
        let unannounced = || {
            Body::new(BoxBody::new(
                Full::new(Bytes::from("123456")).with_trailers(async { None }),
            ))
        };
        assert_eq!(read_body(unannounced(), 6).await.unwrap(), "123456");
        assert!(matches!(
            read_body(unannounced(), 5).await,
            Err(BodyError::TooLarge { limit_bytes: 5 })
        ));
    }
}
