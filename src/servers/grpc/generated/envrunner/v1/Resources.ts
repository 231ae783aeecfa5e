// Original file: proto/envrunner/v1/envrunner.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Admission counts them, and they are limits. Absent: natively no limit of the task's own, in a container that of docker.cpu_millicores and docker.mem_bytes.
 */
export interface Resources {
  'cpu_millicores'?: (number | string | Long);
  'mem_bytes'?: (number | string | Long);
  'gpu_count'?: (number | string | Long);
  'gpu_class'?: (string);
  'gpu_memory_gb'?: (number | string);
  'storage_gb'?: (number | string);
  /**
   * Size of a container's /dev/shm.
   */
  'shm_bytes'?: (number | string | Long);
  '_cpu_millicores'?: "cpu_millicores";
  '_mem_bytes'?: "mem_bytes";
  '_gpu_count'?: "gpu_count";
  '_gpu_memory_gb'?: "gpu_memory_gb";
  '_storage_gb'?: "storage_gb";
  '_shm_bytes'?: "shm_bytes";
}

/**
 * Admission counts them, and they are limits. Absent: natively no limit of the task's own, in a container that of docker.cpu_millicores and docker.mem_bytes.
 */
export interface Resources__Output {
  'cpu_millicores'?: (number);
  'mem_bytes'?: (number);
  'gpu_count'?: (number);
  'gpu_class': (string);
  'gpu_memory_gb'?: (number);
  'storage_gb'?: (number);
  /**
   * Size of a container's /dev/shm.
   */
  'shm_bytes'?: (number);
  '_cpu_millicores'?: "cpu_millicores";
  '_mem_bytes'?: "mem_bytes";
  '_gpu_count'?: "gpu_count";
  '_gpu_memory_gb'?: "gpu_memory_gb";
  '_storage_gb'?: "storage_gb";
  '_shm_bytes'?: "shm_bytes";
}
