import { Problem } from './client';

/** Sends a file as it is and tells how much of it has left, 0 to 1. Throws `Problem`, or `TypeError` where nobody is reached. */
export function upload<T>(path: string, file: File, contentType: string, onprogress: (share: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1${path}`);
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Accept-Language', document.documentElement.lang);
    request.setRequestHeader('Content-Type', contentType);
    request.upload.onprogress = (event) => onprogress(event.total > 0 ? event.loaded / event.total : 0);
    request.onerror = () => reject(new TypeError('the service cannot be reached'));
    request.onload = () => {
      const isJson = /\bjson\b/.test(request.getResponseHeader('Content-Type') ?? '');
      const value: unknown = isJson && request.responseText !== '' ? JSON.parse(request.responseText) : {};
      if (request.status >= 200 && request.status < 300) resolve(value as T);
      else reject(new Problem(request.status, value as Record<string, unknown>));
    };
    request.send(file);
  });
}
